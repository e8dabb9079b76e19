import type { PacketView } from "../file/record.ts";
import { toNanoseconds } from "../file/time.ts";
import {
  rewriteCapture,
  type PacketRule,
  type RewriteOptions,
  type RewriteResult,
} from "./rewrite-capture.ts";

/** A moment since the epoch, or counted from the capture's first packet. */
export type CutTime =
  | { kind: "absolute"; nanoseconds: bigint }
  | { kind: "relative"; nanoseconds: bigint };

export interface CutOptions extends RewriteOptions {
  /** Packets before it are left out. */
  from?: CutTime;
  /** Packets at or after it are left out. */
  to?: CutTime;
  /** Packets of which it is false are left out; called for every packet, since it may remember streams. */
  matches?: (packet: PacketView, number: number) => boolean;
}

/** The packets of a time that match a filter, with everything the capture says of them. */
export function cutCapture(
  source: AsyncIterable<Uint8Array>,
  options: CutOptions,
): AsyncGenerator<Uint8Array, RewriteResult> {
  return rewriteCapture(source, cutRule(options), options);
}

function cutRule({ from, to, matches }: CutOptions): PacketRule {
  let first: bigint | null = null;
  const momentOf = (time: CutTime): bigint =>
    time.kind === "absolute" ? time.nanoseconds : (first ?? 0n) + time.nanoseconds;
  return (packet, number) => {
    const isMatch = matches?.(packet, number) ?? true;
    if (!from && !to) return isMatch ? packet.capturedLength : -1;
    const time = toNanoseconds(packet);
    if (packet.hasTime) first ??= time;
    const isInside = (!from || time >= momentOf(from)) && (!to || time < momentOf(to));
    return isMatch && isInside ? packet.capturedLength : -1;
  };
}
