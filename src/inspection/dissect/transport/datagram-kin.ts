// Transports that are like UDP, with ports in the same place.
import { portType } from "../../analysis/destinations.ts";
import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectUdpPayload, type Protocol } from "../registry.ts";

function notePorts({ ends, bytes }: Frame, at: number): void {
  ends.sourcePort = uint16(bytes, at);
  ends.destinationPort = uint16(bytes, at + 2);
}

/** RFC 3828: UDP whose length field says how much of it is checked; 0 is all of it. */
export const udpLite: Protocol = {
  name: "udplite",
  ipProtocols: [136],
  dissect(frame, at) {
    frame.enter("udplite", at);
    if (!frame.has(at, 8)) return;
    notePorts(frame, at);
    frame.portType = portType.udp;
    const coverage = uint16(frame.bytes, at + 4);
    if ((coverage !== 0 && coverage < 8) || at + 8 >= frame.reportedEnd) return;
    dissectUdpPayload(frame, at + 8);
  },
};

const dccpHeaderSizeMin = 12;
const dccpLongHeaderSizeBytes = 16;
const longSequence = 1;
/** RFC 4340, 5.1: types that carry application data: request, response, data, data with acknowledgement. */
const dccpType = { request: 0, response: 1, data: 2, dataAcknowledgement: 4, reset: 7 };

/** RFC 4340, 5: the header's size in words, and data behind its options. */
export const dccp: Protocol = {
  name: "dccp",
  ipProtocols: [33],
  dissect(frame, at) {
    frame.enter("dccp", at);
    if (!frame.has(at, dccpHeaderSizeMin)) return;
    notePorts(frame, at);
    frame.portType = portType.dccp;
    const next = at + (frame.bytes[at + 4] ?? 0) * 4;
    const isLong = ((frame.bytes[at + 8] ?? 0) & longSequence) !== 0;
    if (!frame.has(at, isLong ? dccpLongHeaderSizeBytes : dccpHeaderSizeMin)) return;
    const type = ((frame.bytes[at + 8] ?? 0) >> 1) & 15;
    if (type === dccpType.data || type === dccpType.dataAcknowledgement) frame.data(next);
  },
};
