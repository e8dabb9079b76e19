import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import { streamState, type StreamDissector } from "../transport/stream.ts";

const opcode = { continuation: 0, text: 1, binary: 2 } as const;
const finalBit = 0x80;
const maskBit = 0x80;
const maskSizeBytes = 4;

/** The opcode that each direction's fragmented message began with, -1 between messages. */
const fragmentsOf = streamState(() => ({ fromA: -1, fromB: -1 }));

/** Size of a frame's header without its mask (RFC 6455, 5.2). */
function headerSize(lengthByte: number): number {
  const length = lengthByte & 0x7f;
  return length === 126 ? 4 : length === 127 ? 10 : 2;
}

/** Size of the whole frame at `at`; of what is not there yet, the header's. */
function frameSize(bytes: Uint8Array, at: number, end: number): number {
  const lengthByte = bytes[at + 1] ?? 0;
  const size = headerSize(lengthByte);
  if (at + size > end) return size;
  const short = lengthByte & 0x7f;
  // The upper half of a 64-bit length is not looked at: nothing is that long.
  const length =
    short === 126 ? uint16(bytes, at + 2) : short === 127 ? uint32(bytes, at + 6) : short;
  return size + (lengthByte & maskBit ? maskSizeBytes : 0) + length;
}

function enter(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  frame.enter("websocket", at, end, bytes);
  const first = bytes[at] ?? 0;
  const lengthByte = bytes[at + 1] ?? 0;
  const kind = first & 15;
  const payload = at + headerSize(lengthByte) + (lengthByte & maskBit ? maskSizeBytes : 0);
  if (kind > opcode.binary) return;
  const whole = messageKind(frame, kind, (first & finalBit) !== 0);
  if (payload >= end || whole < 0) return;
  frame.enter(whole === opcode.text ? "data-text-lines" : "data", payload, end, bytes);
}

/** The opcode of the message that ends with this frame, -1 when it goes on. */
function messageKind(frame: Frame, kind: number, isFinal: boolean): number {
  const fragments = fragmentsOf(frame.piece);
  const side = frame.piece.fromA ? "fromA" : "fromB";
  const began = fragments[side];
  if (isFinal) {
    fragments[side] = -1;
    if (kind !== opcode.continuation) return kind;
    if (began >= 0) frame.enter("websocket.fragments");
    return began;
  }
  if (kind !== opcode.continuation) fragments[side] = kind;
  else frame.enter("websocket.payload.continue");
  return -1;
}

/** What follows an upgrade of HTTP. */
export const websocketStream: StreamDissector = pduStream({
  name: "websocket",
  headerSizeBytes: 2,
  size: frameSize,
  enter,
});
