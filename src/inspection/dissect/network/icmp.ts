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

/** RFC 4443. */
export const icmpv6: Protocol = {
  name: "icmpv6",
  fields: icmpv6Fields,
  ipProtocols: [58],
  dissect(frame: Frame, at: number): void {
    frame.enter("icmpv6", at);
    if (!frame.has(at, 4)) return;
    const type = frame.bytes[at] ?? 0;
    if (type >= 1 && type <= lastErrorType6) dissectQuoted(frame, at + headerSizeBytes, 0x86dd);
  },
};
