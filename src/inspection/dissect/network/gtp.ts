import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const headerSizeBytes = 8;
const optionalSizeBytes = 4;
const extensionCountMax = 16;
const userPacket = 255;
const flag = { extension: 4, any: 7 };

/** 3GPP TS 29.281 (user packets) and 29.060 (control, of which only the name is told). */
function dissect(frame: Frame, at: number): void {
  const version = (frame.bytes[at] ?? 0) >> 5;
  frame.enter(version === 2 ? "gtpv2" : "gtp", at);
  if (version !== 1 || !frame.has(at, headerSizeBytes)) return;
  const { bytes } = frame;
  if (bytes[at + 1] !== userPacket) return;
  frame.limit(at + headerSizeBytes, uint16(bytes, at + 2));
  const next = payloadOf(frame, at);
  if (next < 0 || next >= frame.reportedEnd || !frame.has(next, 1)) return;
  const first = (bytes[next] ?? 0) >> 4;
  if (first === 4) dissectEtherType(frame, next, 0x0800);
  else if (first === 6) dissectEtherType(frame, next, 0x86dd);
  else frame.data(next);
}

/** Behind the optional fields and the extension headers; -1 when these are cut. */
function payloadOf(frame: Frame, at: number): number {
  const { bytes } = frame;
  const flags = bytes[at] ?? 0;
  if ((flags & flag.any) === 0) return at + headerSizeBytes;
  let next = at + headerSizeBytes + optionalSizeBytes;
  if (!frame.has(at + headerSizeBytes, optionalSizeBytes)) return -1;
  if ((flags & flag.extension) === 0) return next;
  let type = bytes[next - 1] ?? 0;
  for (let count = 0; type !== 0 && count < extensionCountMax; count++) {
    if (!frame.has(next, 1)) return -1;
    const size = (bytes[next] ?? 0) * 4;
    if (size === 0 || !frame.has(next, size)) return -1;
    next += size;
    type = bytes[next - 1] ?? 0;
  }
  return next;
}

export const gtp: Protocol = { name: "gtp", udpPorts: [2123, 2152, 3386], dissect };
