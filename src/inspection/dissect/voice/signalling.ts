// Signalling System No. 7, from its network layer up.
import { uint16 } from "../../file/bytes.ts";
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

/** Where unit data messages have their pointers: to the called and the calling party, and to the data. */
const unitDataPointers: ReadonlyMap<number, number> = new Map([
  [0x09, 2],
  [0x11, 3],
]);
const hasPointCode = 0x01;
const hasSubsystem = 0x02;
const pointCodeSizeBytes = 2;
/** First bytes of transactions (ITU-T Q.773). */
const tcapTags: ReadonlySet<number> = new Set([0x61, 0x62, 0x64, 0x65, 0x67]);
/** Users of transactions by subsystem number. */
const transactionUsers = new Map([
  [6, "gsm_map"],
  [7, "gsm_map"],
  [8, "gsm_map"],
  [9, "gsm_map"],
  [106, "inap"],
  [145, "gsm_map"],
  [146, "camel"],
  [148, "gsm_map"],
  [149, "gsm_map"],
  [150, "gsm_map"],
  [241, "inap"],
]);

/** ITU-T Q.713: of what it carries, transactions and their users are told. */
export function dissectSccp(frame: Frame, at: number): void {
  frame.enter("sccp", at);
  const { bytes } = frame;
  const offset = unitDataPointers.get(bytes[at] ?? 0);
  if (offset === undefined || !frame.has(at, offset + 3)) return;
  const pointers = at + offset;
  const next = pointers + 2 + (bytes[pointers + 2] ?? 0) + 1;
  if (next >= frame.capturedEnd) return;
  if (!tcapTags.has(bytes[next] ?? 0)) {
    frame.data(next);
    return;
  }
  frame.enter("tcap", next);
  const called = transactionUsers.get(subsystemAt(bytes, pointers + (bytes[pointers] ?? 0)));
  const calling = pointers + 1 + (bytes[pointers + 1] ?? 0);
  const user = called ?? transactionUsers.get(subsystemAt(bytes, calling));
  if (user !== undefined) frame.enter(user, next);
}

/** 3.4: an address tells first what it holds. */
function subsystemAt(bytes: Uint8Array, at: number): number {
  const indicator = bytes[at + 1] ?? 0;
  if ((indicator & hasSubsystem) === 0) return 0;
  return bytes[at + 2 + (indicator & hasPointCode ? pointCodeSizeBytes : 0)] ?? 0;
}

export const mtp3: Protocol = { name: "mtp3", linkTypes: [141], dissect: dissectMtp3 };
export const sccp: Protocol = { name: "sccp", linkTypes: [142], dissect: dissectSccp };

const adaptationHeaderSizeBytes = 8;
const protocolData = 0x0210;
const linkData = 0x0300;
const protocolDataHeaderSizeBytes = 12;
const parameterCountMax = 32;

/** RFC 4666: a common header, then parameters, of which one holds the user's message. */
export function dissectM3ua(frame: Frame, at: number): void {
  frame.enter("m3ua", at);
  const next = findParameter(frame, at, protocolData);
  if (next < 0 || !frame.has(next, protocolDataHeaderSizeBytes)) return;
  dissectUser(frame, next + protocolDataHeaderSizeBytes, frame.bytes[next + 8] ?? 0);
}

/** RFC 3331: the same with whole messages of MTP3. */
export function dissectM2ua(frame: Frame, at: number): void {
  frame.enter("m2ua", at);
  const next = findParameter(frame, at, linkData);
  if (next >= 0) dissectMtp3(frame, next);
}

const peerHeaderSizeBytes = 16;
const peerUserData = 1;

/** RFC 4165, 2: what two signalling points say over a network of packets. */
export function dissectM2pa(frame: Frame, at: number): void {
  frame.enter("m2pa", at);
  const next = at + peerHeaderSizeBytes + 1;
  if (frame.bytes[at + 3] === peerUserData && next < frame.capturedEnd) dissectMtp3(frame, next);
}

/** The value of a parameter, to which the frame is then limited; -1 where there is none. */
function findParameter(frame: Frame, at: number, tag: number): number {
  if (!frame.has(at, adaptationHeaderSizeBytes)) return -1;
  let next = at + adaptationHeaderSizeBytes;
  for (let count = 0; count < parameterCountMax && next + 4 <= frame.capturedEnd; count++) {
    const size = uint16(frame.bytes, next + 2);
    if (size < 4) return -1;
    if (uint16(frame.bytes, next) === tag) {
      frame.limit(next, size);
      return next + 4;
    }
    next += (size + 3) & ~3;
  }
  return -1;
}
