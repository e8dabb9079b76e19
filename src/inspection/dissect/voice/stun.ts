import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 20;
const magicCookie = 0x2112a442;

/** RFC 8489, 5: two zero bits, a length in words of four bytes, and the cookie. */
function isStun({ bytes, capturedEnd, reportedEnd }: Frame, at: number): boolean {
  if (capturedEnd - at < headerSizeBytes) return false;
  const length = uint16(bytes, at + 2);
  return (
    ((bytes[at] ?? 0) & 0xc0) === 0 &&
    length % 4 === 0 &&
    length + headerSizeBytes === reportedEnd - at &&
    uint32(bytes, at + 4) === magicCookie
  );
}

export const stun: Protocol = {
  name: "stun",
  udpPorts: [3478],
  dissect: (frame, at) => frame.enter("stun", at),
  recognizesDatagram: isStun,
};
