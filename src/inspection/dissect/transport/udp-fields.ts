import { uint16 } from "../../file/bytes.ts";
import type { Fields } from "../field.ts";
import { computed } from "../field-helpers.ts";

const headerSizeBytes = 8;
const unverified = 2;
const notPresent = 3;

/** RFC 768. */
export const udpFields: Fields = {
  "udp.srcport": { type: "uint16", at: 0, description: "source port" },
  "udp.dstport": { type: "uint16", at: 2, description: "destination port" },
  "udp.port": { type: "uint16", at: [0, 2], description: "source or destination port" },
  "udp.length": { type: "uint16", at: 4, description: "length with the header, bytes" },
  "udp.checksum": { type: "uint16", at: 6, description: "checksum" },
  "udp.checksum.status": computed("uint8", "2 not verified, 3 not there", ({ bytes, start, end }) =>
    start + headerSizeBytes > end ? null : uint16(bytes, start + 6) === 0 ? notPresent : unverified,
  ),
  "udp.stream": computed("uint32", "number of the conversation", ({ stream }) =>
    stream < 0 ? null : stream,
  ),
  "udp.payload": computed("bytes", "what it carries", ({ bytes, start, end }) => {
    const length = uint16(bytes, start + 4);
    const last = length === 0 ? end : Math.min(end, start + length);
    return last > start + headerSizeBytes ? bytes.subarray(start + headerSizeBytes, last) : null;
  }),
};
