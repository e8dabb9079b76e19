// What packet filters of operating systems put before the packets that they log.
import { uint16, uint16In, uint32, uint32In } from "../../file/bytes.ts";
import { internet, internet6 } from "./null-loopback.ts";
import type { Frame } from "../frame.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

function dissectFamily(frame: Frame, at: number, family: number): void {
  if (family === internet) dissectEtherType(frame, at, 0x0800);
  else if (internet6.has(family)) dissectEtherType(frame, at, 0x86dd);
  else frame.data(at);
}

/** OpenBSD's pf: a length, to be rounded up to four, and the address family. */
export const pflog: Protocol = {
  name: "pflog",
  linkTypes: [117],
  dissect(frame, at) {
    frame.enter("pflog", at);
    if (!frame.has(at, 2)) return;
    const size = ((frame.bytes[at] ?? 0) + 3) & ~3;
    if (frame.has(at, size)) dissectFamily(frame, at + size, frame.bytes[at + 1] ?? 0);
  },
};

const encHeaderSizeBytes = 12;

/** OpenBSD's view of IPsec: the family, in the order of the host's bytes. */
export const enc: Protocol = {
  name: "enc",
  linkTypes: [13, 109],
  dissect(frame, at) {
    frame.enter("enc", at);
    if (!frame.has(at, encHeaderSizeBytes)) return;
    const family = uint32In(frame.bytes, at, uint32(frame.bytes, at) > 0xffff);
    dissectFamily(frame, at + encHeaderSizeBytes, family);
  },
};

const nflogHeaderSizeBytes = 4;
const nflogPayload = 9;
const attributeCountMax = 64;

/** Linux's netfilter: attributes with a length and a type, of which one is the packet. */
export const nflog: Protocol = {
  name: "nflog",
  linkTypes: [239],
  dissect(frame, at) {
    frame.enter("nflog", at);
    if (!frame.has(at, nflogHeaderSizeBytes)) return;
    const { bytes } = frame;
    const family = bytes[at] ?? 0;
    let next = at + nflogHeaderSizeBytes;
    for (let count = 0; count < attributeCountMax && next + 4 <= frame.capturedEnd; count++) {
      const little = uint16(bytes, next) > uint16In(bytes, next, true);
      const size = uint16In(bytes, next, little);
      if (size < 4) return;
      if (uint16In(bytes, next + 2, little) === nflogPayload) {
        frame.limit(next, size);
        dissectFamily(frame, next + 4, family);
        return;
      }
      next += (size + 3) & ~3;
    }
  },
};
