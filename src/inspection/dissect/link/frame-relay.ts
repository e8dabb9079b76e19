import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectSnapBody } from "./llc.ts";
import { dissectNlpid } from "./nlpid.ts";
import { dissectPpp } from "./ppp.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const addressSizeMax = 4;
const lastAddressByte = 1;
const unnumberedInformation = 0x03;
const nlpid = { signalling: 0x08, localManagement: 0x09, snap: 0x80, ppp: 0xcf };

/** ITU-T Q.922: an address of two to four bytes, then RFC 2427's encapsulation, or Cisco's EtherType. */
export function dissectFrameRelay(frame: Frame, at: number): void {
  frame.enter("fr", at);
  let next = at;
  for (let count = 0; count < addressSizeMax; count++) {
    if (!frame.has(next, 1)) return;
    if ((frame.bytes[next++] ?? 0) & lastAddressByte) break;
  }
  if (!frame.has(next, 2)) return;
  if (frame.bytes[next] === unnumberedInformation) dissectIdentified(frame, next + 1);
  else dissectEtherType(frame, next + 2, uint16(frame.bytes, next));
}

function dissectIdentified(frame: Frame, start: number): void {
  let at = start;
  if (frame.bytes[at] === 0) at++;
  if (!frame.has(at, 1)) return;
  switch (frame.bytes[at] ?? 0) {
    case nlpid.signalling:
      frame.enter("q933", at);
      return;
    case nlpid.localManagement:
      frame.enter("lmi", at);
      return;
    case nlpid.snap:
      if (frame.has(at + 1, 5)) dissectSnapBody(frame, at + 1);
      return;
    case nlpid.ppp:
      dissectPpp(frame, at + 1);
      return;
    default:
      dissectNlpid(frame, at);
  }
}

export const frameRelay: Protocol = {
  name: "fr",
  linkTypes: [107],
  etherTypes: [0x6559],
  dissect: dissectFrameRelay,
};
