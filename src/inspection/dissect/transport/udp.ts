import { readCommunity } from "../../analysis/login-readers.ts";
import { portType } from "../../analysis/destinations.ts";
import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { udpFactFields } from "./udp-facts.ts";
import { udpFields } from "./udp-fields.ts";
import { dissectUdpPayload, type Protocol } from "../registry.ts";

const headerSizeBytes = 8;
const snmpPort = 161;
const snmpTrapPort = 162;

/** RFC 768. */
function dissect(frame: Frame, at: number): void {
  frame.enter("udp", at);
  if (!frame.has(at, 4)) return;
  const { ends, bytes } = frame;
  ends.sourcePort = uint16(bytes, at);
  ends.destinationPort = uint16(bytes, at + 2);
  frame.portType = portType.udp;
  if (!frame.has(at, headerSizeBytes)) return;
  const length = uint16(bytes, at + 4);
  if (length !== 0 && length < headerSizeBytes) return;
  if (length !== 0) frame.limit(at, length);
  const { udpStreams, ipTraffic } = frame.analyses;
  frame.udpStream = udpStreams.locate(ends, frame);
  if (frame.udpStream >= 0 && !frame.inError) {
    udpStreams.countFrame(frame);
    ipTraffic.noteFlow(ends, portType.udp);
  }
  if (frame.detailed) frame.noteStream(frame.udpStream);
  frame.payloadListener?.datagram(frame, at + headerSizeBytes);
  if (frame.transportOnly) return;
  if (at + headerSizeBytes < frame.reportedEnd) dissectDatagramPayload(frame, at + headerSizeBytes);
}

/** Unlike its headers, the payload of a quoted datagram shows in the hierarchy. */
export function dissectDatagramPayload(frame: Frame, at: number): void {
  const { inError, ends } = frame;
  frame.inError = false;
  dissectUdpPayload(frame, at);
  if (ends.destinationPort === snmpPort || ends.destinationPort === snmpTrapPort)
    readCommunity(frame, at);
  frame.inError = inError;
}

export const udp: Protocol = {
  name: "udp",
  ipProtocols: [17],
  dissect,
  fields: { ...udpFields, ...udpFactFields },
};
