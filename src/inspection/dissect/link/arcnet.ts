import type { Frame } from "../frame.ts";
import { dissectBacnet, dissectLlc } from "./llc.ts";
import { dissectDdp } from "../network/appletalk.ts";
import { dissectIpx } from "../network/ipx.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const exception = 0xff;
const exceptionSizeBytes = 4;
const sequenceSizeBytes = 2;
/** Those of RFC 1051, and others that are never split, so that they have no flag for it. */
const unsplit: ReadonlySet<number> = new Set([0xf0, 0xf1, 0xcd, 0x80, 0xdd]);

/** RFC 1201 and RFC 1051. `offsetSizeBytes` of the packet's place in the card's memory may come first. */
function dissect(frame: Frame, at: number, offsetSizeBytes: number): void {
  frame.enter("arcnet", at);
  let next = at + 2 + offsetSizeBytes;
  if (!frame.has(next, 1)) return;
  const protocol = frame.bytes[next++] ?? 0;
  if (!unsplit.has(protocol)) {
    if (!frame.has(next, 1)) return;
    const isException = frame.bytes[next] === exception && offsetSizeBytes === 0;
    next += (isException ? exceptionSizeBytes : 0) + 1 + sequenceSizeBytes;
  }
  dissectProtocol(frame, next, protocol);
}

function dissectProtocol(frame: Frame, at: number, protocol: number): void {
  switch (protocol) {
    case 0xd4:
    case 0xf0:
      dissectEtherType(frame, at, 0x0800);
      return;
    case 0xd5:
    case 0xd6:
    case 0xf1:
      dissectEtherType(frame, at, 0x0806);
      return;
    case 0xc4:
      dissectEtherType(frame, at, 0x86dd);
      return;
    case 0xfa:
    case 0xec:
      dissectIpx(frame, at);
      return;
    case 0xdd:
      dissectDdp(frame, at);
      return;
    case 0xcd:
      dissectLlc(frame, at);
      return;
    case 0xce:
      dissectBacnet(frame, at);
      return;
    default:
      frame.data(at);
  }
}

export const arcnet: Protocol = {
  name: "arcnet",
  linkTypes: [7],
  dissect: (frame, at) => dissect(frame, at, 0),
};

/** As Linux records it. */
export const arcnetLinux: Protocol = {
  name: "arcnet",
  linkTypes: [129],
  dissect: (frame, at) => dissect(frame, at, 2),
};
