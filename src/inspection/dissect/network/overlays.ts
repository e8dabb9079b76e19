// Networks inside UDP: what a cloud's virtual switches speak among themselves.
import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectEtherType, type Protocol } from "../registry.ts";

const headerSizeBytes = 8;
const transparentEthernet = 0x6558;

/** RFC 7348. */
export const vxlan: Protocol = {
  name: "vxlan",
  udpPorts: [4789],
  dissect(frame: Frame, at: number): void {
    frame.enter("vxlan", at);
    if (frame.has(at, headerSizeBytes))
      dissectEtherType(frame, at + headerSizeBytes, transparentEthernet);
  },
};

/** RFC 8926: options in words of four bytes, then what the EtherType says. */
export const geneve: Protocol = {
  name: "geneve",
  udpPorts: [6081],
  dissect(frame: Frame, at: number): void {
    frame.enter("geneve", at);
    if (!frame.has(at, headerSizeBytes)) return;
    const next = at + headerSizeBytes + ((frame.bytes[at] ?? 0) & 0x3f) * 4;
    if (next >= frame.reportedEnd || !frame.has(next, 1)) return;
    dissectEtherType(frame, next, uint16(frame.bytes, at + 2));
  },
};
