import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 28;
const payloadHeaderSizeBytes = 4;
const payloadCountMax = 64;
const isEncrypted = 0x01;
const firstVersion = 1;
/** RFC 6407's key payload; drafts of NAT detection used its number for a hash, which then does not parse. */
const keyPayload = 15;
const sourceLengthOffset = 8;

/** RFC 2408, 3.1 and RFC 7296, 3.1: a header, then payloads that each name the next. */
export function dissectIsakmp(frame: Frame, at: number): void {
  frame.enter("isakmp", at);
  if (!frame.has(at, headerSizeBytes)) return;
  const { bytes } = frame;
  if (!frame.has(at, uint32(bytes, at + 24))) return;
  const isOpen = ((bytes[at + 19] ?? 0) & isEncrypted) === 0;
  if ((bytes[at + 17] ?? 0) >> 4 === firstVersion && isOpen) walk(frame, at);
}

function walk(frame: Frame, start: number): void {
  const { bytes } = frame;
  let type = bytes[start + 16] ?? 0;
  let at = start + headerSizeBytes;
  for (let count = 0; type !== 0 && count < payloadCountMax; count++) {
    if (at + payloadHeaderSizeBytes > frame.capturedEnd) return;
    const size = uint16(bytes, at + 2);
    if (size < payloadHeaderSizeBytes) return;
    const content = at + payloadHeaderSizeBytes;
    const room = size - payloadHeaderSizeBytes - sourceLengthOffset - 1;
    if (type === keyPayload && (bytes[content + sourceLengthOffset] ?? 0) > room) {
      frame.enter("_ws.malformed");
      return;
    }
    type = bytes[at] ?? 0;
    at += size;
  }
}

export const isakmp: Protocol = {
  name: "isakmp",
  udpPorts: [500],
  acceptsDatagram: ({ bytes, capturedEnd, reportedEnd }, at) =>
    reportedEnd - at >= headerSizeBytes &&
    // What was not captured is not known to be none.
    (capturedEnd - at < headerSizeBytes || uint32(bytes, at + 24) >= headerSizeBytes),
  dissect: dissectIsakmp,
};
