import type { Fields } from "./field.ts";

/** RFC 5905, 7.3. */
export const ntpFields: Fields = {
  "ntp.flags": { type: "uint8", at: 0, description: "leap, version and mode" },
  "ntp.flags.li": { type: "uint8", at: 0, mask: 0xc0, description: "leap indicator" },
  "ntp.flags.vn": { type: "uint8", at: 0, mask: 0x38, description: "version" },
  "ntp.flags.mode": { type: "uint8", at: 0, mask: 0x07, description: "3 client, 4 server" },
  "ntp.stratum": { type: "uint8", at: 1, description: "distance from a clock" },
  "ntp.ppoll": { type: "uint8", at: 2, description: "interval, power of two" },
};
