import { uint16 } from "../../file/bytes.ts";
import { icmpFields } from "./icmp-fields.ts";
import { icmpv6Fields } from "./icmpv6-fields.ts";
import type { Frame } from "../frame.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const headerSizeBytes = 8;
const errorTypes4: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);
const lastErrorType6 = 4;

/**
 * The packet that an error quotes tells what it is about (ports), but it is not traffic: it counts in
 * no conversation and does not show in the hierarchy.
 */
function dissectQuoted(frame: Frame, at: number, etherType: number): void {
  if (frame.inError || at >= frame.capturedEnd) return;
  const { kind, sourceKey, destinationKey } = frame.ends;
  frame.inError = true;
  dissectEtherType(frame, at, etherType);
  frame.inError = false;
  frame.ends.restore(kind, sourceKey, destinationKey);
}

/** RFC 792. */
export const icmp: Protocol = {
  name: "icmp",
  fields: icmpFields,
  ipProtocols: [1],
  dissect(frame: Frame, at: number): void {
    frame.enter("icmp", at);
    if (!frame.has(at, Math.max(4, Math.min(headerSizeBytes, frame.reportedEnd - at)))) return;
    if (errorTypes4.has(frame.bytes[at] ?? 0)) dissectQuoted(frame, at + headerSizeBytes, 0x0800);
  },
};

/** Sizes of messages without their options (RFC 2710 and RFC 4861). */
const messageSizes6: ReadonlyMap<number, number> = new Map([
  [130, 24],
  [131, 24],
  [132, 24],
  [133, 8],
  [134, 16],
  [135, 24],
  [136, 24],
  [137, 40],
]);
const listenerReport2 = 143;
const redirect = 137;
const redirectedHeader = 4;
const recordHeaderSizeBytes = 20;
const recordCountMax = 1_000;
const optionCountMax = 64;

/** RFC 3810, 5.2: groups, each with its sources and data of its own. */
function checkReport(frame: Frame, at: number): void {
  const records = Math.min(uint16(frame.bytes, at + 6), recordCountMax);
  let next = at + headerSizeBytes;
  for (let count = 0; count < records; count++) {
    if (!frame.has(next, recordHeaderSizeBytes)) return;
    const auxiliary = (frame.bytes[next + 1] ?? 0) * 4;
    const size = recordHeaderSizeBytes + uint16(frame.bytes, next + 2) * 16 + auxiliary;
    if (!frame.has(next, size)) return;
    next += size;
  }
}

/** RFC 4861, 4.6.3: the packet that should go elsewhere. */
function dissectRedirected(frame: Frame, at: number): void {
  let next = at + (messageSizes6.get(redirect) ?? 0);
  for (
    let count = 0;
    count < optionCountMax && next + headerSizeBytes <= frame.capturedEnd;
    count++
  ) {
    const size = (frame.bytes[next + 1] ?? 0) * 8;
    if (size === 0) return;
    if (frame.bytes[next] === redirectedHeader) {
      dissectQuoted(frame, next + headerSizeBytes, 0x86dd);
      return;
    }
    next += size;
  }
}

/** RFC 4443. */
export const icmpv6: Protocol = {
  name: "icmpv6",
  fields: icmpv6Fields,
  ipProtocols: [58],
  dissect(frame: Frame, at: number): void {
    frame.enter("icmpv6", at);
    if (!frame.has(at, 4)) return;
    const type = frame.bytes[at] ?? 0;
    if (!frame.has(at, messageSizes6.get(type) ?? 0)) return;
    if (type === listenerReport2) checkReport(frame, at);
    else if (type === redirect) dissectRedirected(frame, at);
    else if (type >= 1 && type <= lastErrorType6)
      dissectQuoted(frame, at + headerSizeBytes, 0x86dd);
  },
};
