// Signalling System No. 7, from its network layer up.
import { uint32In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const routingLabelSizeBytes = 5;
/** ITU-T Q.704, 14.2.1: users of the network by service indicator. */
const users = new Map([
  [0, "mtp3mg"],
  [1, "mtp3mg"],
  [2, "mtp3mg"],
  [5, "isup"],
  [12, "alcap"],
  [13, "bicc"],
  [14, "h248"],
]);
const sccpUser = 3;

/** ITU-T Q.704: service information, a label of where to and from, and the user's message. */
export function dissectMtp3(frame: Frame, at: number): void {
  frame.enter("mtp3", at);
  if (!frame.has(at, routingLabelSizeBytes)) return;
  dissectUser(frame, at + routingLabelSizeBytes, (frame.bytes[at] ?? 0) & 15);
}

/** The message of one of the network's users. */
export function dissectUser(frame: Frame, at: number, service: number): void {
  const name = users.get(service);
  if (service === sccpUser) dissectSccp(frame, at);
  else if (name !== undefined) frame.enter(name, at);
  else frame.data(at);
}

const unitData: ReadonlyMap<number, number> = new Map([
  [0x09, 2],
  [0x11, 3],
]);
const tcapTags: ReadonlySet<number> = new Set([0x61, 0x62, 0x64, 0x65, 0x67]);

/** ITU-T Q.713: of what it carries, transactions are told. */
export function dissectSccp(frame: Frame, at: number): void {
  frame.enter("sccp", at);
  const { bytes } = frame;
  const pointers = unitData.get(bytes[at] ?? 0);
  if (pointers === undefined || !frame.has(at, pointers + 3)) return;
  const pointerAt = at + pointers + 2;
  const next = pointerAt + (bytes[pointerAt] ?? 0) + 1;
  if (next >= frame.capturedEnd) return;
  if (tcapTags.has(bytes[next] ?? 0)) frame.enter("tcap", next);
  else frame.data(next);
}

export const mtp3: Protocol = { name: "mtp3", linkTypes: [141], dissect: dissectMtp3 };
export const sccp: Protocol = { name: "sccp", linkTypes: [142], dissect: dissectSccp };

const adaptationHeaderSizeBytes = 8;
const protocolData = 0x0210;
const protocolDataHeaderSizeBytes = 12;
const parameterCountMax = 32;

/** RFC 4666: a common header, then parameters, of which one holds the user's message. */
export function dissectM3ua(frame: Frame, at: number): void {
  frame.enter("m3ua", at);
  if (!frame.has(at, adaptationHeaderSizeBytes)) return;
  const { bytes } = frame;
  let next = at + adaptationHeaderSizeBytes;
  for (let count = 0; count < parameterCountMax && next + 4 <= frame.capturedEnd; count++) {
    const word = uint32In(bytes, next, false);
    const size = word & 0xffff;
    if (size < 4) return;
    if (word >>> 16 === protocolData && frame.has(next + 4, protocolDataHeaderSizeBytes)) {
      frame.limit(next, size);
      const service = bytes[next + 12] ?? 0;
      dissectUser(frame, next + 4 + protocolDataHeaderSizeBytes, service);
      return;
    }
    next += (size + 3) & ~3;
  }
}
