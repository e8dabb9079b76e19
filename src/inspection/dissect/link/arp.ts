import { arpFields } from "./arp-fields.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 8;

/** RFC 826 and RFC 903: the sizes of both kinds of addresses, then two of each. */
export const arp: Protocol = {
  name: "arp",
  etherTypes: [0x0806, 0x8035],
  fields: arpFields,
  dissect(frame, at) {
    frame.enter("arp", at);
    if (!frame.has(at, headerSizeBytes)) return;
    const { bytes } = frame;
    frame.has(at, headerSizeBytes + 2 * ((bytes[at + 4] ?? 0) + (bytes[at + 5] ?? 0)));
  },
};
