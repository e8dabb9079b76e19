import type { Fields } from "../field.ts";
import { when } from "../field-helpers.ts";

/** RFC 2236 and RFC 3376. */
export const igmpFields: Fields = {
  "igmp.type": { type: "uint8", at: 0, description: "0x11 asks, 0x16 and 0x22 report" },
  "igmp.max_resp": when(({ bytes, start }) => bytes[start] !== 0x22 && bytes[start] !== 0x12, {
    type: "uint8",
    at: 1,
    description: "time to answer",
  }),
  "igmp.checksum": { type: "uint16", at: 2, description: "checksum" },
  "igmp.maddr": when(({ bytes, start }) => bytes[start] !== 0x22, {
    type: "ipv4",
    at: 4,
    description: "group",
  }),
};
