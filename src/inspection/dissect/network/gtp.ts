import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectPpp } from "../link/ppp.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const headerSizeBytes = 8;
const optionalSizeBytes = 4;
const extensionCountMax = 16;
const userPacket = 255;
const version0HeaderSizeBytes = 20;
const piggybackCountMax = 2;
const flag = { extension: 4, any: 7, protocolType: 0x10, piggyback: 0x10 };

/** 3GPP TS 29.281 (user packets), 29.060 and 29.274 (control), 32.295 (charging). */
function dissect(frame: Frame, at: number): void {
  const first = frame.bytes[at] ?? 0;
  const version = first >> 5;
  if (version === 2) {
    dissectVersion2(frame, at);
    return;
  }
  const isCharging = (first & flag.protocolType) === 0;
  frame.enter(isCharging ? "gtpprime" : "gtp", at);
  if (isCharging || !frame.has(at, headerSizeBytes)) return;
  if (frame.bytes[at + 1] === userPacket) dissectUserPacket(frame, at, version);
}

function dissectUserPacket(frame: Frame, at: number, version: number): void {
  const { bytes } = frame;
  const headerSize = version === 0 ? version0HeaderSizeBytes : headerSizeBytes;
  frame.limit(at + headerSize, uint16(bytes, at + 2));
  const next = version === 0 ? at + headerSize : payloadOf(frame, at);
  if (next < 0 || next >= frame.reportedEnd || !frame.has(next, 1)) return;
  const first = (bytes[next] ?? 0) >> 4;
  if (first === 4) dissectEtherType(frame, next, 0x0800);
  else if (first === 6) dissectEtherType(frame, next, 0x86dd);
  else dissectPpp(frame, next);
}

/** 3GPP TS 29.274, 5.5: a message may carry another one on its back. */
function dissectVersion2(frame: Frame, start: number): void {
  let at = start;
  for (let count = 0; count < piggybackCountMax && at < frame.capturedEnd; count++) {
    frame.enter("gtpv2", at);
    const next = at + 4 + uint16(frame.bytes, at + 2);
    if (next > frame.reportedEnd) frame.enter("_ws.malformed");
    if (((frame.bytes[at] ?? 0) & flag.piggyback) === 0 || next > frame.reportedEnd) return;
    at = next;
  }
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

export const gtp: Protocol = {
  name: "gtp",
  udpPorts: [2123, 2152, 3386],
  acceptsDatagram: ({ bytes, capturedEnd }, at) =>
    (bytes[at] ?? 0) >> 5 <= 2 && (capturedEnd - at < 2 || bytes[at + 1] !== 0),
  dissect,
};
