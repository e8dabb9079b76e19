import { uint16 } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 4;
const valueCountMax = 64;
const endOfValues = 0;

/** IEEE 802.1Q, 21: a header that says where its values begin; tshark shows these as a node of their own. */
export const cfm: Protocol = {
  name: "cfm",
  etherTypes: [0x8902],
  dissect(frame, at) {
    frame.enter("cfm", at);
    if (!frame.has(at, headerSizeBytes)) return;
    let next = at + headerSizeBytes + (frame.bytes[at + 3] ?? 0);
    if (next >= frame.reportedEnd) return;
    frame.enter("cfm.all.tlvs", next);
    for (let count = 0; count < valueCountMax && next < frame.reportedEnd; count++) {
      if (!frame.has(next, 1) || frame.bytes[next] === endOfValues) return;
      if (!frame.has(next, 3)) return;
      const size = 3 + uint16(frame.bytes, next + 1);
      if (!frame.has(next, size)) return;
      next += size;
    }
  },
};
