import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { ipv6Fields } from "./ipv6-fields.ts";
import { reassemble } from "./ip-reassembly.ts";
import { hasPorts } from "./ports.ts";
import { dissectIpProtocol, type Protocol } from "../registry.ts";

const headerSizeBytes = 40;
const version = 6;
const hopByHop = 0;
const routing = 43;
const fragmentHeader = 44;
const authentication = 51;
const noNext = 59;
const destinationOptions = 60;
const mobility = 135;
const hostIdentity = 139;
const shim = 140;
/** Extension headers of one packet; a longer chain is left as data. */
const extensionCountMax = 64;
const optionCountMax = 64;
const padOne = 0;
const jumboPayload = 0xc2;

/** RFC 8200. */
function dissect(frame: Frame, at: number): void {
  if (at < frame.capturedEnd && (frame.bytes[at] ?? 0) >> 4 !== version) {
    frame.data(at);
    return;
  }
  frame.enter("ipv6", at);
  if (!frame.has(at, headerSizeBytes)) return;
  frame.fragmented = false;
  noteAddresses(frame, at);
  const length = uint16(frame.bytes, at + 4);
  const next = frame.bytes[at + 6] ?? 0;
  const size = length === 0 && next === hopByHop ? jumboSize(frame, at + headerSizeBytes) : length;
  frame.limit(at, headerSizeBytes + size);
  dissectNext(frame, at + headerSizeBytes, next);
}

/** RFC 2675, 2: a length that does not fit the header is an option of four bytes. */
function jumboSize({ bytes, capturedEnd }: Frame, start: number): number {
  const end = Math.min(capturedEnd, start + ((bytes[start + 1] ?? 0) + 1) * 8);
  let at = start + 2;
  for (let count = 0; count < optionCountMax && at + 6 <= end; count++) {
    const type = bytes[at] ?? 0;
    if (type === jumboPayload) return uint32(bytes, at + 2);
    at += type === padOne ? 1 : 2 + (bytes[at + 1] ?? 0);
  }
  return 0;
}

function noteAddresses(frame: Frame, at: number): void {
  frame.ends.setIpv6(frame.bytes, at);
  if (!frame.inError) frame.analyses.ipTraffic.noteHeader(frame.ends);
}

function dissectNext(frame: Frame, start: number, first: number): void {
  let at = start;
  let header = first;
  for (let count = 0; count < extensionCountMax; count++) {
    if (header === fragmentHeader) {
      dissectFragment(frame, at);
      return;
    }
    if (!isExtension(header)) {
      if (header !== noNext && hasPorts(frame, at, header)) dissectIpProtocol(frame, at, header);
      return;
    }
    if (!frame.has(at, 2)) return;
    const units = frame.bytes[at + 1] ?? 0;
    const size = header === authentication ? (units + 2) * 4 : (units + 1) * 8;
    header = frame.bytes[at] ?? 0;
    at += size;
  }
  frame.data(at);
}

function dissectFragment(frame: Frame, at: number): void {
  if (!frame.has(at, 8)) return;
  const { bytes } = frame;
  const next = bytes[at] ?? 0;
  const field = uint16(bytes, at + 2);
  const offset = field & 0xfff8;
  const hasMore = (field & 1) !== 0;
  if (offset === 0 && !hasMore) {
    dissectNext(frame, at + 8, next);
    return;
  }
  const whole =
    frame.capturedEnd >= frame.reportedEnd && !frame.inError
      ? reassemble(frame, { identification: uint32(bytes, at + 4), offset, hasMore, at: at + 8 })
      : null;
  if (whole) {
    frame.bytes = whole;
    frame.capturedEnd = whole.length;
    frame.reportedEnd = whole.length;
    dissectNext(frame, 0, next);
  } else if (offset === 0 && frame.capturedEnd < frame.reportedEnd) {
    frame.fragmented = true;
    dissectNext(frame, at + 8, next);
  } else {
    // tshark tells no destination of a packet whose upper layer it has not seen.
    if (!frame.inError) frame.analyses.ipTraffic.hideDestination();
    frame.data(at + 8);
  }
}

function isExtension(header: number): boolean {
  return (
    header === hopByHop ||
    header === routing ||
    header === authentication ||
    header === destinationOptions ||
    header === mobility ||
    header === hostIdentity ||
    header === shim
  );
}

export const ipv6: Protocol = {
  name: "ipv6",
  linkTypes: [229],
  etherTypes: [0x86dd],
  ipProtocols: [41],
  dissect,
  fields: ipv6Fields,
};
