import { uint16, uint16In, uint32, uint32In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { dissectLlc } from "./llc.ts";
import type { Protocol } from "../registry.ts";

const radiotapHeaderSizeMin = 8;
const checkSequenceSizeBytes = 4;
const controlHeaderSizeBytes = 10;
const headerSizeBytes = 24;
const fourthAddressSizeBytes = 6;
const qosSizeBytes = 2;
const htControlSizeBytes = 4;
const presentWordCountMax = 32;
const aggregatePresent = 0x80;
const subframeHeaderSizeBytes = 14;
const subframeCountMax = 64;
const frameType = { management: 0, control: 1, data: 2 };
const flag = { toDs: 0x01, fromDs: 0x02, protected: 0x40, order: 0x80 };
const subtypeFlag = { noData: 4, qos: 8 };
/** Management subtypes whose body has fields: association to disassociation, authentication, actions. */
const managementSubtypes = new Set([0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14]);

/** IEEE 802.11-2020, 9.2 and 9.3; the two bytes of frame control may come swapped. */
export function dissectWlan(frame: Frame, at: number, isSwapped = false): void {
  frame.enter("wlan", at);
  if (!frame.has(at, controlHeaderSizeBytes)) return;
  const control = frame.bytes[isSwapped ? at + 1 : at] ?? 0;
  const flags = frame.bytes[isSwapped ? at : at + 1] ?? 0;
  const subtype = control >> 4;
  switch ((control >> 2) & 3) {
    case frameType.management:
      dissectManagement(frame, at, { subtype, flags });
      return;
    case frameType.data:
      dissectDataFrame(frame, at, { subtype, flags });
      return;
    default:
  }
}

interface Kind {
  subtype: number;
  flags: number;
}

function dissectManagement(frame: Frame, at: number, { subtype, flags }: Kind): void {
  const next = at + headerSizeBytes + (flags & flag.order ? htControlSizeBytes : 0);
  if (!frame.has(at, headerSizeBytes)) return;
  if (flags & flag.protected) frame.data(next);
  else if (managementSubtypes.has(subtype)) frame.enter("wlan.mgt");
}

function dissectDataFrame(frame: Frame, at: number, { subtype, flags }: Kind): void {
  const isBetweenAccessPoints = (flags & flag.toDs) !== 0 && (flags & flag.fromDs) !== 0;
  const hasQos = (subtype & subtypeFlag.qos) !== 0;
  let next = at + headerSizeBytes + (isBetweenAccessPoints ? fourthAddressSizeBytes : 0);
  const qosAt = next;
  if (hasQos) next += qosSizeBytes;
  if (hasQos && flags & flag.order) next += htControlSizeBytes;
  if (!frame.has(at, next - at) || subtype & subtypeFlag.noData) return;
  if (next >= frame.reportedEnd) return;
  const isAggregate = hasQos && ((frame.bytes[qosAt] ?? 0) & aggregatePresent) !== 0;
  if (flags & flag.protected) frame.data(next);
  else if (isAggregate) dissectAggregate(frame, next);
  else dissectLlc(frame, next);
}

/** 9.3.2.2: frames with two addresses and a length each; what they carry counts, but has no node of its own. */
function dissectAggregate(frame: Frame, start: number): void {
  frame.enter("wlan_aggregate", start);
  const { depth, bytes, capturedEnd, reportedEnd } = frame;
  let at = start;
  for (
    let count = 0;
    count < subframeCountMax && at + subframeHeaderSizeBytes <= capturedEnd;
    count++
  ) {
    const size = subframeHeaderSizeBytes + uint16(bytes, at + 12);
    frame.limit(at, size);
    dissectLlc(frame, at + subframeHeaderSizeBytes);
    Object.assign(frame, { depth, bytes, capturedEnd, reportedEnd });
    at += (size + 3) & ~3;
  }
}

/** http://www.radiotap.org: what the radio says of the frame, before it. */
function dissectRadiotap(frame: Frame, at: number): void {
  frame.enter("radiotap", at);
  if (!frame.has(at, radiotapHeaderSizeMin)) return;
  const size = uint16In(frame.bytes, at + 2, true);
  if (size < radiotapHeaderSizeMin || !frame.has(at, size)) return;
  if (hasCheckSequence(frame.bytes, at, size)) {
    frame.limit(at, Math.max(size, frame.reportedEnd - at - checkSequenceSizeBytes));
  }
  frame.enter("wlan_radio");
  dissectWlan(frame, at + size);
}

/** The flags are the second field; the first one, if it is there, is a time stamp on eight bytes. */
function hasCheckSequence(bytes: Uint8Array, at: number, size: number): boolean {
  const present = uint32In(bytes, at + 4, true);
  if ((present & 2) === 0) return false;
  let next = at + 8;
  let word = present;
  for (let count = 0; word & 0x80000000 && count < presentWordCountMax; count++) {
    word = uint32In(bytes, next, true);
    next += 4;
  }
  if (present & 1) next = at + Math.ceil((next - at) / 8) * 8 + 8;
  return next < at + size && ((bytes[next] ?? 0) & 0x10) !== 0;
}

export const radiotap: Protocol = {
  name: "radiotap",
  linkTypes: [127],
  dissect: dissectRadiotap,
};

const prismHeaderSizeBytes = 144;
const absoluteValueSystemsMagic = 0x80211;
const absoluteValueSystemsSizeMin = 8;

/** AbsoluteValue Systems' header before a frame, or the older one of the Prism card. */
function dissectCardHeader(frame: Frame, at: number): void {
  const { bytes } = frame;
  if (uint32(bytes, at) >>> 12 !== absoluteValueSystemsMagic) {
    frame.enter("prism", at);
    if (frame.has(at, prismHeaderSizeBytes)) dissectWlan(frame, at + prismHeaderSizeBytes);
    return;
  }
  frame.enter("wlancap", at);
  const size = uint32(bytes, at + 4);
  if (size < absoluteValueSystemsSizeMin || !frame.has(at, size)) return;
  frame.enter("wlan_radio");
  dissectWlan(frame, at + size);
}

export const wlanCard: Protocol = {
  name: "prism",
  linkTypes: [119, 163],
  dissect: dissectCardHeader,
};

export const wlan: Protocol = {
  name: "wlan",
  linkTypes: [105],
  dissect: (frame, at) => dissectWlan(frame, at),
};
