// Protocols of machines right above Ethernet.
import { uint16, uint16In } from "../../file/bytes.ts";
import type { Protocol } from "../registry.ts";

const between = (value: number, first: number, last: number): boolean =>
  value >= first && value <= last;

function profinetName(frameId: number): string {
  if (between(frameId, 0xfefb, 0xfeff)) return "pn_dcp";
  if (frameId < 0x0100 || between(frameId, 0xff00, 0xff43)) return "pn_ptcp";
  return "pn_io";
}

/** IEC 61158-6-10: the frame's number says which of PROFINET's protocols it is. */
export const profinet: Protocol = {
  name: "pn_rt",
  etherTypes: [0x8892],
  udpPorts: [34_962],
  dissect(frame, at) {
    frame.enter("pn_rt", at);
    if (frame.has(at, 2)) frame.enter(profinetName(uint16(frame.bytes, at)), at + 2);
  },
};

const etherCatHeaderSizeBytes = 2;
const commands = 1;

/** IEC 61158-6-12: eleven bits of length and four of type. */
export const etherCat: Protocol = {
  name: "ecatf",
  etherTypes: [0x88a4],
  udpPorts: [34_980],
  dissect(frame, at) {
    frame.enter("ecatf", at);
    if (!frame.has(at, etherCatHeaderSizeBytes)) return;
    const next = at + etherCatHeaderSizeBytes;
    if (uint16In(frame.bytes, at, true) >> 12 === commands) frame.enter("ecat", next);
    else frame.data(next);
  },
};

const fibreChannelHeaderSizeBytes = 14;

/** INCITS T11 FC-BB-5: Fibre Channel over Ethernet. */
export const fcoe: Protocol = {
  name: "fcoe",
  etherTypes: [0x8906],
  dissect(frame, at) {
    frame.enter("fcoe", at);
    if (frame.has(at, fibreChannelHeaderSizeBytes))
      frame.enter("fc", at + fibreChannelHeaderSizeBytes);
  },
};
