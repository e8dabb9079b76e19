import { uint32 } from "../../file/bytes.ts";
import { dissectIsakmp } from "../operation/isakmp.ts";
import type { Frame } from "../frame.ts";
import { dissectIpProtocol, type Protocol } from "../registry.ts";

const markerSizeBytes = 4;
const encapsulatedSecurityPayload = 50;

/** RFC 3948: four zero bytes begin a key exchange, one byte keeps a router's table alive, the rest is ESP. */
function dissect(frame: Frame, at: number): void {
  frame.enter("udpencap");
  if (frame.reportedEnd - at < markerSizeBytes || !frame.has(at, markerSizeBytes)) return;
  if (uint32(frame.bytes, at) === 0) dissectIsakmp(frame, at + markerSizeBytes);
  else dissectIpProtocol(frame, at, encapsulatedSecurityPayload);
}

export const udpEncapsulation: Protocol = { name: "udpencap", udpPorts: [4500], dissect };
