import { uint16, uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const headerSizeBytes = 20;
const channelHeaderSizeBytes = 4;
/** Two bits of class among twelve of method, of which RFC 8126 has given out eight. */
const typeMax = 0x07ff;
const magicCookie = 0x2112a442;

/** RFC 8489, 5: two zero bits, a method in use, a length, and the cookie. */
function isStun({ bytes, capturedEnd, reportedEnd }: Frame, at: number): boolean {
  if (capturedEnd - at < headerSizeBytes) return false;
  return (
    uint16(bytes, at) <= typeMax &&
    uint16(bytes, at + 2) + headerSizeBytes === reportedEnd - at &&
    uint32(bytes, at + 4) === magicCookie
  );
}

/** RFC 8656, 12.4: a channel's number and a length, which may be less than what is there by padding. */
function isChannelData({ bytes, capturedEnd, reportedEnd }: Frame, at: number): boolean {
  const first = bytes[at] ?? 0;
  const rest = reportedEnd - at - channelHeaderSizeBytes - uint16(bytes, at + 2);
  return capturedEnd - at >= channelHeaderSizeBytes && first >> 6 === 1 && rest >= 0 && rest < 4;
}

const accepts = (frame: Frame, at: number): boolean =>
  isStun(frame, at) || isChannelData(frame, at);

function dissect(frame: Frame, at: number): void {
  frame.enter("stun", at);
  frame.expectations.bindConversation(frame.udpStream, dissect, accepts);
  if ((frame.bytes[at] ?? 0) >> 6 === 1) frame.data(at + channelHeaderSizeBytes);
}

export const stun: Protocol = {
  name: "stun",
  udpPorts: [3478],
  acceptsDatagram: accepts,
  dissect,
  recognizesDatagram: isStun,
};
