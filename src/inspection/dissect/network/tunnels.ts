// Protocols above IP that carry a packet or a frame whole.
import type { Frame } from "../frame.ts";
import { dissectEtherType, dissectIpProtocol, type Protocol } from "../registry.ts";

const transparentEthernet = 0x6558;

/** RFC 4302: the next header, a length in words less two, and a check value; in IPv6 the same. */
export const authenticationHeader: Protocol = {
  name: "ah",
  ipProtocols: [51],
  dissect(frame, at) {
    frame.enter("ah", at);
    if (!frame.has(at, 12)) return;
    const { bytes } = frame;
    const next = at + ((bytes[at + 1] ?? 0) + 2) * 4;
    if (next < frame.reportedEnd && frame.has(at, next - at))
      dissectIpProtocol(frame, next, bytes[at] ?? 0);
  },
};

/** A header of a fixed size, then what it always carries. */
function carrier(name: string, ipProtocol: number, sizeBytes: number): Protocol {
  return {
    name,
    ipProtocols: [ipProtocol],
    dissect(frame: Frame, at: number): void {
      frame.enter(name, at);
      if (!frame.has(at, sizeBytes)) return;
      if (name === "etherip") dissectEtherType(frame, at + sizeBytes, transparentEthernet);
      else frame.data(at + sizeBytes);
    },
  };
}

/** RFC 3378. */
export const etherIp = carrier("etherip", 97, 2);
/** RFC 3173. */
export const ipComp = carrier("ipcomp", 108, 4);

/** RFC 8986, 4: a frame as it is. */
export const ethernetOverIp: Protocol = {
  name: "eth",
  ipProtocols: [143],
  dissect: (frame, at) => dissectEtherType(frame, at, transparentEthernet),
};

/** RFC 4023. */
export const mplsOverIp: Protocol = {
  name: "mpls",
  ipProtocols: [137],
  dissect: (frame, at) => dissectEtherType(frame, at, 0x8847),
};

const pimRegister = 1;

/** RFC 7761, 4.9: a register message carries a packet whole. */
export const pim: Protocol = {
  name: "pim",
  ipProtocols: [103],
  dissect(frame, at) {
    if (!frame.has(at, 1)) return;
    frame.enter("pim", at);
    if (!frame.has(at, 4)) return;
    const { bytes } = frame;
    const next = at + 8;
    if (((bytes[at] ?? 0) & 15) !== pimRegister || next >= frame.capturedEnd) return;
    const version = (bytes[next] ?? 0) >> 4;
    if (version === 4) dissectEtherType(frame, next, 0x0800);
    else if (version === 6) dissectEtherType(frame, next, 0x86dd);
  },
};

/** IGMP's message types that other protocols took: DVMRP, PIM, and RGMP to an address of its own. */
const dvmrp = 0x13;
const pimVersion1 = 0x14;
const rgmpLowest = 0xfc;
const rgmpGroup = 0xe0000019 | 0;

export const igmp: Protocol = {
  name: "igmp",
  ipProtocols: [2],
  dissect(frame, at) {
    const type = frame.bytes[at] ?? 0;
    if (type === dvmrp) frame.enter("dvmrp", at);
    else if (type === pimVersion1) frame.enter("pim", at);
    else if (type >= rgmpLowest && isTo(frame, rgmpGroup)) frame.enter("rgmp", at);
    else frame.enter("igmp", at);
  },
};

function isTo(frame: Frame, address: number): boolean {
  return frame.ends.destinationKey === address;
}

/** RFC 3208: the ports of a session; tshark counts them, though it names no transport. */
export const pgm: Protocol = {
  name: "pgm",
  ipProtocols: [113],
  dissect(frame, at) {
    frame.enter("pgm", at);
    if (!frame.has(at, 16)) return;
    frame.ends.sourcePort = ((frame.bytes[at] ?? 0) << 8) | (frame.bytes[at + 1] ?? 0);
    frame.ends.destinationPort = ((frame.bytes[at + 2] ?? 0) << 8) | (frame.bytes[at + 3] ?? 0);
  },
};
