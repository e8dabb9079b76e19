import { uint16 } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 20;
const messageSizeMax = 4_096;
/** First and last of the runs of codes in use (IANA, RADIUS Packet Type Codes). */
const codes: readonly (readonly [number, number])[] = [
  [1, 13],
  [21, 27],
  [29, 34],
  [40, 45],
  [50, 51],
  [129, 132],
];

/** RFC 2865, 3: a code, an identifier, and a length within bounds; other datagrams are not RADIUS. */
export const radius: Protocol = {
  name: "radius",
  udpPorts: [1645, 1646, 1700, 1812, 1813, 3799],
  dissect: (frame, at) => frame.enter("radius", at),
  acceptsDatagram({ bytes, capturedEnd }, at) {
    if (capturedEnd - at < 4) return true;
    const code = bytes[at] ?? 0;
    const length = uint16(bytes, at + 2);
    return (
      codes.some(([first, last]) => code >= first && code <= last) &&
      length >= headerSizeBytes &&
      length <= messageSizeMax
    );
  },
};
