import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const pppoeHeaderSizeBytes = 6;
const cHdlcHeaderSizeBytes = 4;
const addressAndControl = 0xff03;

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
  else if (control !== undefined) frame.enter(control);
  else frame.data(next);
}

export const ppp: Protocol = { name: "ppp", linkTypes: [9, 50], dissect: dissectPpp };

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

/** Cisco HDLC: an EtherType after address and control. */
export const cHdlc: Protocol = {
  name: "chdlc",
  linkTypes: [104],
  dissect(frame, at) {
    frame.enter("chdlc");
    if (!frame.has(at, cHdlcHeaderSizeBytes)) return;
    const type = uint16(frame.bytes, at + 2);
    if (type === 0x8035) frame.enter("slarp");
    else if (type === 0x2000) frame.enter("cdp");
    else dissectEtherType(frame, at + cHdlcHeaderSizeBytes, type);
  },
};
