import { uint32 } from "../../file/bytes.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";

/** Messages have a tag of the application class with their number (RFC 4120, 5.10). */
const applicationClass = 0x60;
const messageNumbers = new Set([10, 11, 12, 13, 14, 15, 20, 21, 22, 30]);

/** RFC 4120, 7.2.2: over TCP with a length of four bytes. */
export const kerberos: Protocol = {
  name: "kerberos",
  udpPorts: [88],
  tcpPorts: [88],
  acceptsDatagram({ bytes }, at) {
    const tag = bytes[at] ?? 0;
    return (tag & 0xe0) === applicationClass && messageNumbers.has(tag & 0x1f);
  },
  dissect: (frame, at) => frame.enter("kerberos", at),
  stream: pduStream({
    name: "kerberos",
    headerSizeBytes: 4,
    size: (bytes, at) => (uint32(bytes, at) & 0x7fffffff) + 4,
  }),
};
