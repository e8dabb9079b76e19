import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { ipv4Fields } from "./ipv4-fields.ts";
import { reassemble } from "./ip-reassembly.ts";
import { hasPorts } from "./ports.ts";
import { dissectEtherType, dissectIpProtocol, type Protocol } from "../registry.ts";

const headerSizeMin = 20;
const moreFragments = 0x2000;
const fragmentOffsetMask = 0x1fff;

/** RFC 791. */
function dissect(frame: Frame, at: number): void {
  const version = (frame.bytes[at] ?? 0) >> 4;
  if (at < frame.capturedEnd && version === 6) {
    dissectEtherType(frame, at, 0x86dd);
    return;
  }
  frame.enter("ip", at);
  if (!frame.has(at, 1) || version !== 4) return;
  const headerSize = ((frame.bytes[at] ?? 0) & 15) * 4;
  if (headerSize < headerSizeMin || !frame.has(at, 4)) return;
  const { bytes } = frame;
  const total = uint16(bytes, at + 2);
  if (total !== 0 && total < headerSize) return;
  if (!frame.has(at, headerSizeMin)) return;
  frame.fragmented = false;
  noteAddresses(frame, at);
  // A total length of 0 is a frame that the network card was to segment.
  if (total !== 0) frame.limit(at, total);
  if (!frame.has(at, headerSize)) return;
  dissectPayload(frame, at, headerSize);
}

function noteAddresses(frame: Frame, at: number): void {
  frame.ends.setIpv4(frame.bytes, at);
  if (!frame.inError) frame.analyses.ipTraffic.noteHeader(frame.ends);
}

function dissectPayload(frame: Frame, at: number, headerSize: number): void {
  const { bytes } = frame;
  const protocol = bytes[at + 9] ?? 0;
  const fragment = uint16(bytes, at + 6);
  const payload = at + headerSize;
  const offset = (fragment & fragmentOffsetMask) * 8;
  const hasMore = (fragment & moreFragments) !== 0;
  if (offset === 0 && !hasMore) {
    dissectUpper(frame, payload, protocol);
    return;
  }
  if (frame.inError) {
    frame.fragmented = true;
    if (offset === 0) dissectUpper(frame, payload, protocol);
    return;
  }
  const whole =
    frame.capturedEnd >= frame.reportedEnd
      ? reassemble(frame, {
          identification: uint16(bytes, at + 4) | (protocol << 16),
          offset,
          hasMore,
          at: payload,
        })
      : null;
  if (whole) {
    frame.bytes = whole;
    frame.capturedEnd = whole.length;
    frame.reportedEnd = whole.length;
    dissectUpper(frame, 0, protocol);
  } else if (offset === 0 && frame.capturedEnd < frame.reportedEnd) {
    frame.fragmented = true;
    dissectUpper(frame, payload, protocol);
  } else {
    frame.data(payload);
  }
}

/** A header with nothing behind it is a whole packet. */
function dissectUpper(frame: Frame, at: number, protocol: number): void {
  if (at < frame.reportedEnd && hasPorts(frame, at, protocol))
    dissectIpProtocol(frame, at, protocol);
}

export const ipv4: Protocol = {
  name: "ip",
  linkTypes: [228],
  etherTypes: [0x0800],
  ipProtocols: [4],
  dissect,
  fields: ipv4Fields,
};
