import { uint16In, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { isRpcPdu } from "../remote/rpc-session.ts";
import { streamState } from "../transport/stream.ts";
import type { NamedPipe } from "./named-pipe.ts";
import {
  dissectPipeData,
  headerSizeBytes,
  pipeOf,
  readMessage,
  type SmbMessage,
} from "./smb-message.ts";
import { dissectTransaction, type Transactions } from "./smb-transaction.ts";

/** Trees of pipes of one connection, and reads that wait for their answer; further ones are not kept. */
const treeCountMax = 1_000;
const readCountMax = 10_000;

const command = {
  transaction: 0x25,
  readAndX: 0x2e,
  writeAndX: 0x2f,
  treeConnectAndX: 0x75,
} as const;
const messageStart = 8;
/** "IPC", the kind of a share that holds pipes. */
const ipc = 0x495043;

interface State extends Transactions {
  /** The pipe that each outstanding read is of, by the number of its message. */
  reads: Map<number, NamedPipe | null>;
  pipeTrees: Set<number>;
}

const stateOf = streamState<State>(() => ({
  pipes: new Map(),
  reads: new Map(),
  pending: new Map(),
  pipeTrees: new Set(),
}));

/** MS-CIFS, 2.2.3: a header, words of parameters that are counted, and bytes that are. */
export function dissectSmb1(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  frame.enter("smb", at, end, bytes);
  if (at + headerSizeBytes + 1 > end) return;
  const message = readMessage(bytes, at, end);
  switch (bytes[at + 4] ?? 0) {
    case command.transaction:
      dissectTransaction(frame, message, stateOf(frame.piece));
      return;
    case command.readAndX:
      if (message.isAnswer) dissectReadAnswer(frame, message);
      else noteRead(frame, message);
      return;
    case command.writeAndX:
      if (!message.isAnswer) dissectWrite(frame, message);
      return;
    case command.treeConnectAndX:
      if (message.isAnswer) noteTree(frame, message);
  }
}

/** A message outside of any connection, which nothing is remembered of. */
export function dissectSmbDatagram(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  frame.enter("smb", at, end, bytes);
  if (at + headerSizeBytes + 1 > end || bytes[at + 4] !== command.transaction) return;
  dissectTransaction(frame, readMessage(bytes, at, end), { pipes: new Map(), pending: new Map() });
}

/** The answer names the kind of share in its first string: "IPC", or a drive. */
function noteTree(frame: Frame, { bytes, words, wordCount, tree }: SmbMessage): void {
  const { pipeTrees } = stateOf(frame.piece);
  if (wordCount === 0) return;
  if (uint32(bytes, words + wordCount * 2 + 2) >>> 8 !== ipc) pipeTrees.delete(tree);
  else if (pipeTrees.size < treeCountMax) pipeTrees.add(tree);
}

function noteRead(frame: Frame, message: SmbMessage): void {
  const { pipes, pipeTrees, reads } = stateOf(frame.piece);
  if (message.wordCount < 10 || reads.size >= readCountMax) return;
  const file = uint16In(message.bytes, message.words + 4, true);
  const pipe = pipes.get(file);
  if (pipe || pipeTrees.has(message.tree)) reads.set(message.number, pipe ?? null);
}

function dissectReadAnswer(frame: Frame, message: SmbMessage): void {
  const { bytes, words, wordCount, at, number } = message;
  const { reads } = stateOf(frame.piece);
  const pipe = reads.get(number);
  if (wordCount < 12 || pipe === undefined) return;
  reads.delete(number);
  const start = at + uint16In(bytes, words + 12, true);
  dissectPipeData(frame, message, { start, size: uint16In(bytes, words + 10, true), pipe });
}

function dissectWrite(frame: Frame, message: SmbMessage): void {
  const { bytes, words, wordCount, at, tree } = message;
  const { pipes, pipeTrees } = stateOf(frame.piece);
  const file = uint16In(bytes, words + 4, true);
  const mode = uint16In(bytes, words + 14, true);
  if (wordCount < 12 || !((mode & messageStart) !== 0 || pipes.has(file) || pipeTrees.has(tree)))
    return;
  const start = at + uint16In(bytes, words + 22, true);
  const size = uint16In(bytes, words + 20, true);
  dissectPipeData(frame, message, {
    start,
    size,
    pipe: pipeOf(pipes, file, isCall(message, start)),
  });
}

const isCall = ({ bytes, end }: SmbMessage, start: number): boolean => isRpcPdu(bytes, start, end);
