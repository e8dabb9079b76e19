import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { findLineEnd, textOf, type LineEnd } from "../text.ts";
import {
  recognizesNothing,
  askFor,
  streamNeed,
  type StreamDissector,
  type StreamPiece,
} from "../transport/stream.ts";
import { isTlsRecord } from "./starttls.ts";

const serverPort = 143;
const lineCountMax = 10_000;
const lineSizeMax = 1_024;
/** So many bytes at the beginning are text, or it is TLS. */
const textSizeBytes = 4;
const literal = /\bfetch\b.*\{(\d{1,9})\}$/is;

const line: LineEnd = { end: 0, next: 0 };

/** RFC 9051: lines, and in the answers to FETCH messages of a known length (`imf`). */
function dissect(frame: Frame, piece: StreamPiece): boolean {
  const { bytes, at, end } = piece;
  if (!isText(bytes, at, end)) {
    if (isTlsRecord(bytes, at, end)) return false;
    frame.enter("tls", at, end, bytes);
    return true;
  }
  const isServer = frame.ends.sourcePort === serverPort;
  let isEntered = false;
  let next = at;
  for (let count = 0; next < end && count < lineCountMax; count++) {
    const start = next;
    const isWhole = findLineEnd(bytes, start, end, line);
    if (!isWhole && piece.canContinue) {
      askFor(piece, streamNeed.anotherSegment, start);
      return true;
    }
    next = line.next;
    const size = isServer && isWhole ? literalSize(bytes, start, line.end) : -1;
    if (next + size > piece.reportedEnd && piece.canContinue) {
      askFor(piece, streamNeed.anotherSegment, start);
      return true;
    }
    if (!isEntered) frame.enter("imap", at, end, bytes);
    isEntered = true;
    if (size < 0) continue;
    frame.enter("imf", next, Math.min(end, next + size), bytes);
    next += size;
  }
  return true;
}

function isText(bytes: Uint8Array, at: number, end: number): boolean {
  for (let index = at; index < Math.min(end, at + textSizeBytes); index++) {
    const byte = bytes[index] ?? 0;
    if (byte < 32 || byte > 126) return end - at < textSizeBytes;
  }
  return true;
}

/** The length at the end of a line that the bytes of a message follow, -1 when there is none. */
function literalSize(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[end - 1] !== 125) return -1;
  const found = literal.exec(textOf(bytes, Math.max(start, end - lineSizeMax), end));
  return found ? Number(found[1]) : -1;
}

const stream: StreamDissector = { name: "imap", recognizes: recognizesNothing, dissect };

export const imap: Protocol = { name: "imap", tcpPorts: [serverPort], stream };
