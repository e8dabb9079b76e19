import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 4;
const packetCountMax = 64;
/** What may begin a compound packet (RFC 3550, 6.1, and RFC 4585). */
const firstTypes: ReadonlySet<number> = new Set([200, 201, 203, 204, 206]);

const hasVersion2 = ({ bytes }: Frame, at: number): boolean => ((bytes[at] ?? 0) & 0xc0) === 0x80;

const typeFirst = 192;
const typeLast = 213;

/** What follows in a compound packet; behind an encrypted one comes what is none. */
function mayFollow(frame: Frame, at: number): boolean {
  const type = frame.bytes[at + 1] ?? 0;
  return hasVersion2(frame, at) && type >= typeFirst && type <= typeLast;
}

/** RFC 3550, 6.1: packets one after another, each with its length in words less one. */
export function dissectRtcp(frame: Frame, at: number): void {
  let next = at;
  for (
    let count = 0;
    count < packetCountMax && next + headerSizeBytes <= frame.capturedEnd;
    count++
  ) {
    if (count > 0 && !mayFollow(frame, next)) return;
    frame.enter("rtcp", next);
    next += (uint16(frame.bytes, next + 2) + 1) * 4;
  }
}

function isRtcp(frame: Frame, at: number): boolean {
  return (
    frame.capturedEnd - at >= headerSizeBytes &&
    hasVersion2(frame, at) &&
    firstTypes.has(frame.bytes[at + 1] ?? 0) &&
    (frame.reportedEnd - at) % 4 === 0
  );
}

export const rtcp: Protocol = { name: "rtcp", recognizesDatagram: isRtcp, dissect: dissectRtcp };
