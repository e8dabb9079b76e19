import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectNlpid } from "../link/nlpid.ts";
import { dissectWlan } from "../link/wlan.ts";
import { dissectPpp } from "../link/ppp.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const headerSizeBytes = 4;
const transparentEthernet = 0x6558;
const pointToPoint = 0x880b;
const erspan2 = 0x88be;
/** Aruba's access points send frames of 802.11 in GRE, a type for each queue. */
const arubaFirst = 0x8200;
const arubaLast = 0x8370;
const erspan3 = 0x22eb;
const erspan2HeaderSizeBytes = 8;
const erspan3HeaderSizeBytes = 12;
const erspan3SubheaderSizeBytes = 8;
const flag = { checksum: 0x8000, routing: 0x4000, key: 0x2000, sequence: 0x1000, ack: 0x0080 };

/** RFC 2784 and 2890; version 1 with its acknowledgement is PPTP's (RFC 2637). */
function dissect(frame: Frame, at: number): void {
  frame.enter("gre", at);
  if (!frame.has(at, headerSizeBytes)) return;
  const flags = uint16(frame.bytes, at);
  const type = uint16(frame.bytes, at + 2);
  let next = at + headerSizeBytes;
  if (flags & (flag.checksum | flag.routing)) next += 4;
  if (flags & flag.key) next += 4;
  if (flags & flag.sequence) next += 4;
  if (flags & flag.ack && (flags & 7) === 1) next += 4;
  if (next >= frame.reportedEnd) return;
  if (!frame.has(next, 1)) return;
  if (type === pointToPoint) dissectPpp(frame, next);
  else if (type === erspan2) dissectErspan2(frame, next, (flags & flag.sequence) !== 0);
  else if (type === erspan3) dissectErspan3(frame, next);
  else dissectProtocol(frame, next, type);
}

const osi = 0x00fe;
const redirectedIp = 0x883e;
const ciscoMetadata = 0x8909;
const metadataSizeBytes = 8;
const redirectHeaderSizeBytes = 4;
const names = new Map([
  [0x0101, "grebonding"],
  [0x2000, "cdp"],
  [0x2001, "nhrp"],
  [0xb7ea, "grebonding"],
]);
/** EtherTypes that tshark knows in GRE; it leaves others as data. */
const etherTypes: ReadonlySet<number> = new Set([
  0x0800, 0x0806, 0x6558, 0x6559, 0x8137, 0x86dd, 0x8847, 0x8848, 0x894f,
]);

function dissectProtocol(frame: Frame, at: number, type: number): void {
  const name = names.get(type);
  if (name !== undefined) frame.enter(name, at);
  else if (type === osi) dissectNlpid(frame, at);
  else if (type === redirectedIp) dissectRedirected(frame, at);
  else if (type === 0x6400) dissectEtherType(frame, at, transparentEthernet);
  else if (type >= arubaFirst && type <= arubaLast && (type & 15) === 0) dissectWlan(frame, at);
  else if (type === ciscoMetadata) dissectMetadata(frame, at);
  else if (etherTypes.has(type)) dissectEtherType(frame, at, type);
  else frame.data(at);
}

/** Cisco's group tag, which in GRE comes after the EtherType of the packet. */
function dissectMetadata(frame: Frame, at: number): void {
  frame.enter("cmd", at);
  if (frame.has(at, metadataSizeBytes))
    dissectEtherType(frame, at + metadataSizeBytes, uint16(frame.bytes, at));
}

/** Cisco's WCCP: version 2 puts four bytes before the packet, which cannot begin as a packet does. */
function dissectRedirected(frame: Frame, at: number): void {
  const isPacket = (frame.bytes[at] ?? 0) >> 4 === 4;
  dissectEtherType(frame, isPacket ? at : at + redirectHeaderSizeBytes, 0x0800);
}

/** draft-foschiano-erspan: type I has no header of its own, and no sequence number in GRE. */
function dissectErspan2(frame: Frame, at: number, hasHeader: boolean): void {
  frame.enter("erspan", at);
  const size = hasHeader ? erspan2HeaderSizeBytes : 0;
  if (frame.has(at, size)) dissectEtherType(frame, at + size, transparentEthernet);
}

function dissectErspan3(frame: Frame, at: number): void {
  frame.enter("erspan", at);
  if (!frame.has(at, erspan3HeaderSizeBytes)) return;
  const hasSubheader = ((frame.bytes[at + 11] ?? 0) & 1) !== 0;
  const next = at + erspan3HeaderSizeBytes + (hasSubheader ? erspan3SubheaderSizeBytes : 0);
  if (frame.has(next, 1)) dissectEtherType(frame, next, transparentEthernet);
}

export const gre: Protocol = { name: "gre", ipProtocols: [47], dissect };
