import { uint16In, uint32In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { isRpcPdu } from "../remote/rpc-session.ts";
import { streamState } from "../transport/stream.ts";
import { NamedPipe } from "./named-pipe.ts";

/** Open pipes of one connection, and reads that wait for their answer; further ones are not kept. */
const pipeCountMax = 1_000;
const readCountMax = 10_000;
const compoundCountMax = 64;

const headerSizeBytes = 64;
const fileIdSizeBytes = 16;
const signature = 0x424d53fe;
const names = { part: "smb2.pipe.reassembled_in", whole: "smb2.pipe.fragments" };
const command = { negotiate: 0, read: 8, write: 9, control: 11 } as const;
const control = { pipeTransceive: 0x11c017, pipeWait: 0x110018 } as const;
const status = { success: 0, bufferOverflow: 0x80000005 } as const;
const flagResponse = 1;

interface State {
  pipes: Map<string, NamedPipe>;
  /** The pipe that each outstanding read is of, by the number of its message. */
  reads: Map<number, NamedPipe>;
}

const stateOf = streamState<State>(() => ({ pipes: new Map(), reads: new Map() }));

/** MS-SMB2, 2.2.1: messages in a row, each of which says where the next one begins. */
export function dissectSmb2(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  for (let count = 0; count < compoundCountMax; count++) {
    const offset = at + headerSizeBytes <= end ? uint32In(bytes, at + 20, true) : 0;
    const next = at + offset;
    const isLast = offset === 0 || next + 4 > end || uint32In(bytes, next, true) !== signature;
    frame.enter("smb2", at, isLast ? end : next, bytes);
    if (at + headerSizeBytes <= end) dissectBody(frame, bytes, at, isLast ? end : next);
    else frame.enter(frame.piece.end < frame.piece.reportedEnd ? "_ws.short" : "_ws.malformed");
    if (isLast) return;
    at = next;
  }
}

function dissectBody(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  const isAnswer = (uint32In(bytes, at + 16, true) & flagResponse) !== 0;
  if (isAnswer && !carriesData(uint32In(bytes, at + 8, true))) return;
  switch (uint16In(bytes, at + 12, true)) {
    case command.negotiate:
      if (isAnswer) checkNegotiation(frame, bytes, at, end);
      return;
    case command.read:
      if (isAnswer) dissectReadAnswer(frame, bytes, at, end);
      else noteRead(frame, bytes, at);
      return;
    case command.write:
      if (!isAnswer) dissectWrite(frame, bytes, at, end);
      return;
    case command.control:
      dissectControl(frame, bytes, { at, end, isAnswer });
  }
}

const carriesData = (code: number): boolean =>
  code === status.success || code === status.bufferOverflow;

/** tshark takes the reserved field of older dialects for an offset, and fails where it is negative. */
function checkNegotiation(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  const body = at + headerSizeBytes;
  if (body + 64 <= end && (bytes[body + 63] ?? 0) >= 0x80) frame.enter("_ws.malformed");
}

function noteRead(frame: Frame, bytes: Uint8Array, at: number): void {
  const { pipes } = stateOf(frame.piece);
  const pipe = pipes.size === 0 ? undefined : pipes.get(fileKey(bytes, at + headerSizeBytes + 16));
  if (pipe) keepRead(frame, bytes, at, pipe);
}

function keepRead(frame: Frame, bytes: Uint8Array, at: number, pipe: NamedPipe): void {
  const { reads } = stateOf(frame.piece);
  if (reads.size < readCountMax) reads.set(uint32In(bytes, at + 24, true), pipe);
}

/** The pipe that the message at `at` answers a read of. */
function takeRead(frame: Frame, bytes: Uint8Array, at: number): NamedPipe | undefined {
  const { reads } = stateOf(frame.piece);
  const message = uint32In(bytes, at + 24, true);
  const pipe = reads.get(message);
  if (pipe) reads.delete(message);
  return pipe;
}

function dissectReadAnswer(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  const body = at + headerSizeBytes;
  const pipe = takeRead(frame, bytes, at);
  const start = at + (bytes[body + 2] ?? 0);
  dissectData(frame, bytes, {
    start,
    size: uint32In(bytes, body + 4, true),
    end,
    pipe,
    isAnswer: true,
  });
}

function dissectWrite(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  const body = at + headerSizeBytes;
  const start = at + uint16In(bytes, body + 2, true);
  const pipe = pipeOf(frame, bytes, body + 16, start);
  dissectData(frame, bytes, {
    start,
    size: uint32In(bytes, body + 4, true),
    end,
    pipe,
    isAnswer: false,
  });
}

function dissectControl(
  frame: Frame,
  bytes: Uint8Array,
  { at, end, isAnswer }: { at: number; end: number; isAnswer: boolean },
): void {
  const body = at + headerSizeBytes;
  const code = uint32In(bytes, body + 4, true);
  const place = body + (isAnswer ? 32 : 24);
  const start = at + uint32In(bytes, place, true);
  const size = uint32In(bytes, place + 4, true);
  if (code === control.pipeTransceive) {
    // Servers need not repeat the file's number in the answer.
    const asked = isAnswer ? takeRead(frame, bytes, at) : undefined;
    const pipe = asked ?? pipeOf(frame, bytes, body + 8, start);
    if (pipe && !isAnswer) keepRead(frame, bytes, at, pipe);
    dissectData(frame, bytes, { start, size, end, pipe, isAnswer });
  } else if (code === control.pipeWait && !isAnswer && size >= 14) {
    frame.enter("smb2.fsctl.wait.timeout");
    frame.enter("smb2.fsctl.wait.name");
  }
}

/** What a message reads or writes. */
interface Content {
  start: number;
  size: number;
  end: number;
  pipe: NamedPipe | undefined;
  isAnswer: boolean;
}

/** Bytes of a file show as data, those of a pipe as the calls that they are. */
function dissectData(frame: Frame, bytes: Uint8Array, content: Content): void {
  const { start, size, isAnswer } = content;
  const end = Math.min(content.end, start + size);
  if (size === 0 || (end < start + size && !frame.piece.canContinue)) return;
  const pipe = content.pipe ?? (isRpcPdu(bytes, start, end) ? anyPipe(frame) : undefined);
  if (pipe) pipe.dissect(frame, bytes, { at: start, end, isAnswer, isWhole: end === start + size });
  else frame.enter("data", start, end, bytes);
}

/** The pipe of this file; one is opened when what is written at `start` is a call. */
function pipeOf(
  frame: Frame,
  bytes: Uint8Array,
  file: number,
  start: number,
): NamedPipe | undefined {
  const { pipes } = stateOf(frame.piece);
  const isCall = isRpcPdu(bytes, start, bytes.length);
  if (!isCall && pipes.size === 0) return undefined;
  const key = fileKey(bytes, file);
  const found = pipes.get(key);
  if (found || !isCall || pipes.size >= pipeCountMax) return found;
  const pipe = new NamedPipe(names);
  pipes.set(key, pipe);
  return pipe;
}

/** The pipe of an answer to a read that was not seen. */
function anyPipe(frame: Frame): NamedPipe {
  const [first] = stateOf(frame.piece).pipes.values();
  return first ?? new NamedPipe(names);
}

function fileKey(bytes: Uint8Array, at: number): string {
  let key = "";
  for (let offset = 0; offset < fileIdSizeBytes; offset += 4)
    key += `${uint32In(bytes, at + offset, true).toString(16)}.`;
  return key;
}
