import { uint16In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { isRpcPdu } from "../remote/rpc-session.ts";
import { NamedPipe } from "./named-pipe.ts";

/** Open pipes of one connection; further ones are not kept. */
const pipeCountMax = 1_000;
export const headerSizeBytes = 32;

const names = { part: "smb_pipe.reassembled_in", whole: "" };
const flagAnswer = 0x80;
const flagUnicode = 0x8000;

/** A message, and what its header says. */
export interface SmbMessage {
  bytes: Uint8Array;
  /** Where the header begins, which offsets count from. */
  at: number;
  end: number;
  isAnswer: boolean;
  isUnicode: boolean;
  tree: number;
  number: number;
  /** Parameters: their place and their count of 16-bit words. */
  words: number;
  wordCount: number;
}

/** Reads the header at `at`; the caller has checked that it is there. */
export function readMessage(bytes: Uint8Array, at: number, end: number): SmbMessage {
  return {
    bytes,
    at,
    end,
    isAnswer: ((bytes[at + 9] ?? 0) & flagAnswer) !== 0,
    isUnicode: (uint16In(bytes, at + 10, true) & flagUnicode) !== 0,
    tree: uint16In(bytes, at + 24, true),
    number: uint16In(bytes, at + 30, true),
    words: at + headerSizeBytes + 1,
    wordCount: bytes[at + headerSizeBytes] ?? 0,
  };
}

/** The pipe of this file; one is opened when what is written is a call. */
export function pipeOf(
  pipes: Map<number, NamedPipe>,
  file: number,
  isOpening: boolean,
): NamedPipe | null {
  const found = pipes.get(file);
  if (found || !isOpening || pipes.size >= pipeCountMax) return found ?? null;
  const pipe = new NamedPipe(names);
  pipes.set(file, pipe);
  return pipe;
}

/** Bytes that were written to a pipe, or read from it. */
export function dissectPipeData(
  frame: Frame,
  { bytes, end, isAnswer }: SmbMessage,
  content: { start: number; size: number; pipe: NamedPipe | null },
): void {
  const { start, size } = content;
  const dataEnd = Math.min(end, start + size);
  if (size === 0 || (dataEnd < start + size && !frame.piece.canContinue)) return;
  const pipe = content.pipe ?? (isRpcPdu(bytes, start, dataEnd) ? new NamedPipe(names) : null);
  const isWhole = dataEnd === start + size;
  if (pipe) pipe.dissect(frame, bytes, { at: start, end: dataEnd, isAnswer, isWhole });
  else frame.enter("data", start, dataEnd, bytes);
}
