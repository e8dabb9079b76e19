// Packets and frames inside UDP, beside the overlays of clouds.
import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectBacnet } from "../link/llc.ts";
import { dissectWpan } from "../link/wpan.ts";
import {
  dissectEtherType,
  dissectIpProtocol,
  dissectLinkType,
  type Protocol,
} from "../registry.ts";

const transparentEthernet = 0x6558;

/** What begins with a version of IP in its first four bits. */
function dissectAnyIp(frame: Frame, at: number): void {
  if (!frame.has(at, 1)) return;
  const version = (frame.bytes[at] ?? 0) >> 4;
  if (version === 4) dissectEtherType(frame, at, 0x0800);
  else if (version === 6) dissectEtherType(frame, at, 0x86dd);
  else frame.data(at);
}

/** RFC 9300, 5: a header of eight bytes, then the packet. */
export const lispData: Protocol = {
  name: "lisp-data",
  udpPorts: [4341],
  acceptsDatagram: ({ capturedEnd }, at) => capturedEnd - at >= 8,
  dissect(frame, at) {
    frame.enter("lisp-data", at);
    if (at + 8 < frame.reportedEnd) dissectAnyIp(frame, at + 8);
  },
};

const encapsulatedControl = 8;

/** RFC 9301: of its messages, one carries another in a packet of its own. */
export const lisp: Protocol = {
  name: "lisp",
  udpPorts: [4342],
  dissect(frame, at) {
    frame.enter("lisp", at);
    if (frame.has(at, 4) && (frame.bytes[at] ?? 0) >> 4 === encapsulatedControl)
      dissectAnyIp(frame, at + 4);
  },
};

const teredoAuthentication = 0x0001;
const teredoOrigin = 0x0000;

/** RFC 4380, 5.1.1: an authentication and an origin may come before the packet. */
export const teredo: Protocol = {
  name: "teredo",
  udpPorts: [3544],
  dissect(frame, at) {
    frame.enter("teredo", at);
    const { bytes } = frame;
    let next = at;
    if (uint16(bytes, next) === teredoAuthentication)
      next += 13 + (bytes[next + 2] ?? 0) + (bytes[next + 3] ?? 0);
    if (uint16(bytes, next) === teredoOrigin) next += 8;
    if (next < frame.reportedEnd) dissectAnyIp(frame, next);
  },
};

const ayiyaHeaderSizeBytes = 8;

/** draft-massar-v6ops-ayiya: an identity and a signature whose sizes the first bytes tell. */
export const ayiya: Protocol = {
  name: "ayiya",
  udpPorts: [5072],
  dissect(frame, at) {
    frame.enter("ayiya", at);
    if (!frame.has(at, ayiyaHeaderSizeBytes)) return;
    const { bytes } = frame;
    const identity = 1 << ((bytes[at] ?? 0) >> 4);
    const signature = ((bytes[at + 1] ?? 0) >> 4) * 4;
    const forward = (bytes[at + 2] ?? 0) & 15;
    const next = at + ayiyaHeaderSizeBytes + identity + signature;
    if (forward === 1 && next < frame.reportedEnd)
      dissectIpProtocol(frame, next, bytes[at + 3] ?? 0);
  },
};

const bacnetLink = 0x81;
const bacnetForwarded = 4;
const bacnetCarriers: ReadonlySet<number> = new Set([bacnetForwarded, 9, 10, 11]);

/** ASHRAE 135, annex J: BACnet over IP. */
export const bvlc: Protocol = {
  name: "bvlc",
  udpPorts: [47_808],
  acceptsDatagram: ({ bytes }, at) => bytes[at] === bacnetLink,
  dissect(frame, at) {
    frame.enter("bvlc", at);
    if (!frame.has(at, 4)) return;
    const kind = frame.bytes[at + 1] ?? 0;
    const next = at + (kind === bacnetForwarded ? 10 : 4);
    if (bacnetCarriers.has(kind) && next < frame.capturedEnd) dissectBacnet(frame, next);
  },
};

/** RFC 8086. */
export const greOverUdp: Protocol = {
  name: "gre",
  udpPorts: [4754],
  dissect: (frame, at) => dissectIpProtocol(frame, at, 47),
};

/** RFC 7510. */
export const mplsOverUdp: Protocol = {
  name: "mpls",
  udpPorts: [6635],
  dissect: (frame, at) => dissectEtherType(frame, at, 0x8847),
};

const zepMark = 0x4558;
const zepVersion2HeaderSizeBytes = 32;
const zepAcknowledgement = 2;

/** ZigBee's encapsulation: frames of IEEE 802.15.4 with what the radio said of them. */
export const zep: Protocol = {
  name: "zep",
  udpPorts: [17_754],
  acceptsDatagram: ({ bytes, capturedEnd }, at) =>
    capturedEnd - at >= 8 && uint16(bytes, at) === zepMark,
  dissect(frame, at) {
    frame.enter("zep", at);
    const isVersion1 = frame.bytes[at + 2] === 1;
    if (!isVersion1 && frame.bytes[at + 3] === zepAcknowledgement) return;
    const next = at + (isVersion1 ? 16 : zepVersion2HeaderSizeBytes);
    if (next < frame.capturedEnd) dissectWpan(frame, next, 2);
  },
};

const gpeHeaderSizeBytes = 8;
const gpeNext = new Map([
  [1, 0x0800],
  [2, 0x86dd],
  [3, transparentEthernet],
  [4, 0x894f],
  [5, 0x8847],
]);

/** draft-ietf-nvo3-vxlan-gpe: VXLAN that says what it carries. */
export const vxlanGpe: Protocol = {
  name: "vxlan",
  udpPorts: [4790],
  dissect(frame, at) {
    frame.enter("vxlan", at);
    if (!frame.has(at, gpeHeaderSizeBytes)) return;
    const etherType = gpeNext.get(frame.bytes[at + 3] ?? 0);
    if (etherType === undefined) frame.data(at + gpeHeaderSizeBytes);
    else dissectEtherType(frame, at + gpeHeaderSizeBytes, etherType);
  },
};

const sniffedTagCountMax = 64;
const sniffedTag = { padding: 0, end: 1 };
const sniffedLinks = new Map([
  [1, 1],
  [18, 105],
  [119, 119],
  [127, 163],
]);

/** TaZmen Sniffer Protocol: tags about a packet that was seen elsewhere, then the packet. */
export const tazmen: Protocol = {
  name: "tzsp",
  udpPorts: [37_008],
  linkTypes: [128],
  dissect(frame, at) {
    frame.enter("tzsp", at);
    if (!frame.has(at, 4)) return;
    const { bytes } = frame;
    const linkType = sniffedLinks.get(uint16(bytes, at + 2));
    let next = at + 4;
    for (let count = 0; count < sniffedTagCountMax && next < frame.capturedEnd; count++) {
      const tag = bytes[next] ?? 0;
      next += tag === sniffedTag.padding || tag === sniffedTag.end ? 1 : 2 + (bytes[next + 1] ?? 0);
      if (tag === sniffedTag.end) break;
    }
    if (next >= frame.reportedEnd) return;
    if (linkType === undefined) frame.data(next);
    else dissectLinkType(frame, next, linkType);
  },
};
