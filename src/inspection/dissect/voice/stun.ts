import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 20;
const channelHeaderSizeBytes = 4;
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

/** RFC 8656, 12.4: a channel's number and a length, which may be less than what is there by padding. */
function isChannelData({ bytes, capturedEnd, reportedEnd }: Frame, at: number): boolean {
  const first = bytes[at] ?? 0;
  const rest = reportedEnd - at - channelHeaderSizeBytes - uint16(bytes, at + 2);
  return capturedEnd - at >= channelHeaderSizeBytes && first >> 6 === 1 && rest >= 0 && rest < 4;
}

export const stun: Protocol = {
  name: "stun",
  udpPorts: [3478],
  acceptsDatagram: (frame, at) => isStun(frame, at) || isChannelData(frame, at),
  dissect(frame, at) {
    frame.enter("stun", at);
    if ((frame.bytes[at] ?? 0) >> 6 === 1) frame.data(at + channelHeaderSizeBytes);
  },
  recognizesDatagram: isStun,
};
