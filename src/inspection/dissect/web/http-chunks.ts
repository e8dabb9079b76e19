// Chunked transfer coding (RFC 9112, 7.1), read twice as tshark does: once to know what is still to come,
// once to take it apart, where damage that the first reading passed over shows.
import { findLineEnd, hexDigit, type LineEnd } from "../text.ts";

const chunkSizeMax = 0x7fffffff;
const semicolon = 59;
const carriageReturn = 13;
/** Chunks of one body; damaged sizes could make many. */
const chunkCountMax = 1_000_000;

const line: LineEnd = { end: 0, next: 0 };

/** The size on the line at `at`: -1 when there is none; a sign or `0x` may stand before it. */
function chunkSize(bytes: Uint8Array, start: number, lineEnd: number): number {
  let at = start;
  while (at < lineEnd && (bytes[at] === 32 || bytes[at] === 9)) at++;
  const isNegative = bytes[at] === 45;
  if (isNegative || bytes[at] === 43) at++;
  if (bytes[at] === 48 && ((bytes[at + 1] ?? 0) | 32) === 120 && hexDigit(bytes[at + 2] ?? 0) >= 0)
    at += 2;
  const first = at;
  let size = 0;
  for (; at < lineEnd && bytes[at] !== semicolon; at++) {
    const digit = hexDigit(bytes[at] ?? 0);
    if (digit < 0) break;
    size = Math.min(size * 16 + digit, Number.MAX_SAFE_INTEGER / 32);
  }
  if (at === first) return -1;
  return isNegative ? chunkSizeMax + 1 : size;
}

/** What a chunked body still wants. */
export const chunksWant = { nothing: 0, more: 1, damaged: 2 } as const;
export type ChunksWant = (typeof chunksWant)[keyof typeof chunksWant];

/** Says whether the chunks from `start` are all there, up to the line after the last one. */
export function chunksWanted(
  bytes: Uint8Array,
  start: number,
  end: number,
  reportedEnd: number,
): ChunksWant {
  let at = start;
  for (let count = 0; count < chunkCountMax; count++) {
    if (at >= end) return at > end && at <= reportedEnd ? chunksWant.nothing : chunksWant.more;
    if (!findLineEnd(bytes, at, end, line)) return chunksWant.more;
    const size = chunkSize(bytes, at, line.end);
    if (size < 0 || size > chunkSizeMax) return chunksWant.nothing;
    if (size === 0) return lastLine(bytes, line.next, end);
    if (reportedEnd - at <= size) return chunksWant.more;
    at = line.next + size + 2;
  }
  return chunksWant.nothing;
}

function lastLine(bytes: Uint8Array, at: number, end: number): ChunksWant {
  if (findLineEnd(bytes, at, end, line)) return chunksWant.nothing;
  return at < end && bytes[end - 1] === carriageReturn ? chunksWant.damaged : chunksWant.more;
}

/** A chunked body taken apart. */
export interface Chunks {
  /** Bytes of data in all chunks. */
  size: number;
  /** Where the body ends. */
  end: number;
  isDamaged: boolean;
}

const chunks: Chunks = { size: 0, end: 0, isDamaged: false };

/** Takes the chunks from `start` apart; calls `data` with each one's bytes. */
export function readChunks(
  bytes: Uint8Array,
  start: number,
  end: number,
  data: (from: number, to: number) => void,
): Chunks {
  chunks.size = 0;
  chunks.isDamaged = false;
  let at = start;
  for (let count = 0; at < end && count < chunkCountMax; count++) {
    if (!findLineEnd(bytes, at, end, line) || line.end === at) break;
    const size = Math.max(0, chunkSize(bytes, at, line.end));
    const from = line.next;
    if (size === 0) {
      at = trailerEnd(bytes, from, end);
      break;
    }
    if (from + size > end || size > chunkSizeMax) {
      chunks.isDamaged = true;
      break;
    }
    data(from, from + size);
    chunks.size += size;
    at = from + size + 2;
    if (at > end) chunks.isDamaged = true;
  }
  // Where not even one chunk could be read, nothing else is looked for.
  chunks.end = at === start ? end : Math.min(at, end);
  return chunks;
}

/** After the blank line that ends the trailer; the body is damaged when nothing is there. */
function trailerEnd(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) chunks.isDamaged = true;
  let at = start;
  while (at < end) {
    const from = at;
    if (!findLineEnd(bytes, at, end, line)) return end;
    at = line.next;
    if (line.end === from) break;
  }
  return at;
}
