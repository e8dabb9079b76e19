import { uint16, uint24 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { askFor, streamNeed, type StreamDissector, type StreamPiece } from "../transport/stream.ts";

const recordHeaderSizeBytes = 5;
const handshake = 22;
const clientHello = 1;
const serverNameExtension = 0;
/** RFC 8446, 5.2, with room for what old versions add. */
const recordSizeMax = 16_384 + 2_048;
const recordCountMax = 4_096;

function isRecord(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at] ?? 0;
  const major = bytes[at + 1] ?? 0;
  const minor = bytes[at + 2] ?? 0;
  return type >= 20 && type <= 24 && major === 3 && minor <= 4;
}

function recognizes(bytes: Uint8Array, at: number, end: number): boolean {
  return (
    end - at >= 3 && isRecord(bytes, at) && (end - at < 5 || uint16(bytes, at + 3) <= recordSizeMax)
  );
}

/** RFC 8446, 5.1: a run of records; one that is cut is asked for whole. */
function dissect(frame: Frame, piece: StreamPiece): boolean {
  const { bytes, end } = piece;
  let entered = false;
  const enter = (): void => {
    if (!entered) frame.enter("tls", piece.at, end, bytes);
    entered = true;
  };
  let { at } = piece;
  for (let count = 0; at < end && count < recordCountMax; count++) {
    if (end - at < recordHeaderSizeBytes) {
      if (piece.canContinue) askFor(piece, streamNeed.anotherSegment, at);
      else enter();
      return true;
    }
    if (!isRecord(bytes, at)) {
      enter();
      return true;
    }
    const next = at + recordHeaderSizeBytes + uint16(bytes, at + 3);
    if (next > end && piece.canContinue) {
      askFor(piece, streamNeed.bytes, at, next - end);
      return true;
    }
    enter();
    if (bytes[at] === handshake)
      readServerName(frame, bytes, at + recordHeaderSizeBytes, Math.min(next, end));
    at = next;
  }
  return true;
}

/** The name in a ClientHello's server_name extension (RFC 6066, 3). */
function readServerName(frame: Frame, bytes: Uint8Array, start: number, end: number): void {
  if (bytes[start] !== clientHello) return;
  const last = Math.min(end, start + 4 + uint24(bytes, start + 1));
  let at = start + 4 + 2 + 32;
  at += 1 + (bytes[at] ?? 0);
  at += 2 + uint16(bytes, at);
  at += 1 + (bytes[at] ?? 0);
  at += 2;
  while (at + 4 <= last) {
    const size = uint16(bytes, at + 2);
    if (uint16(bytes, at) === serverNameExtension) {
      const length = uint16(bytes, at + 7);
      if (at + 9 + length <= last) frame.analyses.tlsNames.add(asciiText(bytes, at + 9, length));
      return;
    }
    at += 4 + size;
  }
}

function asciiText(bytes: Uint8Array, at: number, length: number): string {
  let text = "";
  for (const byte of bytes.subarray(at, at + Math.min(length, 255)))
    text += byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?";
  return text;
}

const stream: StreamDissector = { name: "tls", recognizes, dissect };

export const tls: Protocol = {
  name: "tls",
  tcpPorts: [443, 261, 448, 465, 563, 585, 636, 853, 989, 990, 992, 993, 994, 995, 5061, 8443],
  stream,
};
