import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectPpp } from "../link/ppp.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const headerSizeBytes = 4;
const transparentEthernet = 0x6558;
const pointToPoint = 0x880b;
const erspan2 = 0x88be;
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
  else dissectEtherType(frame, next, type);
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
