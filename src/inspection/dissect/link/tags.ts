// Tags between Ethernet's addresses and its payload, each with an EtherType at its end.
import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectTypeOrLength } from "./ethernet.ts";
import type { Protocol } from "../registry.ts";

/** A tag of a fixed size of which the last two bytes say what follows. */
function tag(name: string, etherTypes: readonly number[], sizeBytes: number): Protocol {
  return {
    name,
    etherTypes,
    dissect(frame: Frame, at: number): void {
      frame.enter(name, at);
      if (!frame.has(at, sizeBytes)) return;
      dissectTypeOrLength(frame, at + sizeBytes, uint16(frame.bytes, at + sizeBytes - 2));
    },
  };
}

/** IEEE 802.1BR. */
export const etag = tag("etag", [0x893f], 8);
/** Cisco's tag of virtual interfaces. */
export const vntag = tag("vntag", [0x8926], 6);
/** IEEE 802.1CB. */
export const redundancyTag = tag("ieee8021cb", [0xf1c1], 6);
/** Cisco's group tags. */
export const ciscoMetadata = tag("cmd", [0x8909], 8);

/** IEC 62439-3: the tag that both copies of a frame carry. */
export const hsr = tag("hsr", [0x892f], 6);

/** IEEE 802.1ah: the service's number, then the customer's frame. */
export const backboneService: Protocol = {
  name: "ieee8021ah",
  etherTypes: [0x88e7],
  dissect(frame, at) {
    frame.enter("ieee8021ah", at);
    const sizeBytes = 18;
    if (!frame.has(at, sizeBytes)) return;
    const hasNoAddresses = (uint32(frame.bytes, at) & 0x04000000) !== 0;
    const next = at + (hasNoAddresses ? 6 : sizeBytes);
    dissectTypeOrLength(frame, next, uint16(frame.bytes, next - 2));
  },
};
