import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectEap } from "./eapol.ts";
import { dissectDdp } from "../network/appletalk.ts";
import { dissectIpx } from "../network/ipx.ts";
import { dissectNlpid } from "./nlpid.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const pppoeHeaderSizeBytes = 6;
const cHdlcHeaderSizeBytes = 4;
const addressAndControl = 0xff03;
const multilinkHeaderSizeBytes = 4;
const protocol = {
  osi: 0x0023,
  appleTalk: 0x0029,
  ipx: 0x002b,
  multilink: 0x003d,
  extensibleAuthentication: 0xc227,
};

/** PPP protocol numbers (IANA) and the EtherType that means the same. */
const networkProtocols = new Map([
  [0x0021, 0x0800],
  [0x0057, 0x86dd],
  [0x0281, 0x8847],
  [0x0283, 0x8848],
]);
const controlProtocols = new Map([
  [0x8021, "ipcp"],
  [0x8057, "ipv6cp"],
  [0x80fd, "ccp"],
  [0x8281, "mplscp"],
  [0x00fd, "comp_data"],
  [0x0027, "dec_dna"],
  [0x002d, "vjc"],
  [0x002f, "vjc"],
  [0x005b, "vsnp"],
  [0x0205, "dec_stp"],
  [0x0207, "cdp"],
  [0x8023, "osinlcp"],
  [0x8031, "bcp_ncp"],
  [0x8059, "pppmuxcp"],
  [0x805b, "vsncp"],
  [0x8207, "cdpcp"],
  [0xc029, "cbcp"],
  [0xc02b, "bacp"],
  [0xc02d, "bap"],
  [0xc021, "lcp"],
  [0xc023, "pap"],
  [0xc025, "lqr"],
  [0xc223, "chap"],
]);

/** RFC 1661; address and control (RFC 1662) may be left out, and the number compressed to one byte. */
export function dissectPpp(frame: Frame, at: number): void {
  frame.enter("ppp");
  if (!frame.has(at, 1)) return;
  const { bytes } = frame;
  let next = uint16(bytes, at) === addressAndControl ? at + 2 : at;
  if (!frame.has(next, 1)) return;
  const isCompressed = ((bytes[next] ?? 0) & 1) !== 0;
  if (!isCompressed && !frame.has(next, 2)) return;
  const number = isCompressed ? (bytes[next] ?? 0) : uint16(bytes, next);
  next += isCompressed ? 1 : 2;
  const etherType = networkProtocols.get(number);
  const control = controlProtocols.get(number);
  if (etherType !== undefined) dissectEtherType(frame, next, etherType);
  else if (control !== undefined) frame.enter(control, next);
  else dissectOther(frame, next, number);
}

function dissectOther(frame: Frame, at: number, number: number): void {
  if (number === protocol.osi) dissectNlpid(frame, at);
  else if (number === protocol.ipx) dissectIpx(frame, at);
  else if (number === protocol.appleTalk) dissectDdp(frame, at);
  else if (number === protocol.extensibleAuthentication) dissectEap(frame, at);
  else if (number === protocol.multilink) dissectMultilink(frame, at);
  else frame.data(at);
}

const beginning = 0x80;
const ending = 0x40;

/** RFC 1990, 3: a fragment of a packet, with a sequence number; a whole one begins and ends. */
function dissectMultilink(frame: Frame, at: number): void {
  frame.enter("mp", at);
  const flags = frame.bytes[at] ?? 0;
  if (!frame.has(at, multilinkHeaderSizeBytes)) return;
  const next = at + multilinkHeaderSizeBytes;
  if (flags & beginning && flags & ending) dissectPpp(frame, next);
  else frame.data(next);
}

export const ppp: Protocol = { name: "ppp", linkTypes: [9, 50], dissect: dissectPpp };

/** With a byte before it that says who sent it. */
export const pppWithDirection: Protocol = {
  name: "ppp",
  linkTypes: [204],
  dissect: (frame, at) => dissectPpp(frame, at + 1),
};

/** RFC 2516, the session stage. */
export const pppoeSession: Protocol = {
  name: "pppoes",
  etherTypes: [0x8864],
  dissect(frame, at) {
    frame.enter("pppoes");
    if (!frame.has(at, pppoeHeaderSizeBytes)) return;
    frame.limit(at + pppoeHeaderSizeBytes, uint16(frame.bytes, at + 4));
    dissectPpp(frame, at + pppoeHeaderSizeBytes);
  },
};

const cHdlcNames = new Map([
  [0x0111, "udld"],
  [0x2000, "cdp"],
  [0x4242, "stp"],
  [0x8035, "slarp"],
  [0x8038, "dec_stp"],
]);
const cHdlcOsi = 0xfefe;

/** Cisco HDLC: an EtherType after address and control. */
export const cHdlc: Protocol = {
  name: "chdlc",
  linkTypes: [104, 112],
  dissect(frame, at) {
    frame.enter("chdlc");
    if (!frame.has(at, cHdlcHeaderSizeBytes)) return;
    const type = uint16(frame.bytes, at + 2);
    const name = cHdlcNames.get(type);
    if (name !== undefined) frame.enter(name, at + cHdlcHeaderSizeBytes);
    else if (type === cHdlcOsi) dissectNlpid(frame, at + cHdlcHeaderSizeBytes + 1);
    else dissectEtherType(frame, at + cHdlcHeaderSizeBytes, type);
  },
};
