import { uint16In } from "../../file/bytes.ts";
import { dissectSixLowpan, isSixLowpan } from "./six-lowpan.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

const checkSizeBytes = 2;
const polynomial = 0x8408;
const frameType = { beacon: 0, data: 1, acknowledgement: 2, command: 3 };
const addressMode = { none: 0, short: 2, long: 3 };
const control = { security: 0x0008, intraPan: 0x0040, noSequence: 0x0100 };
const keySizes = [0, 1, 5, 9];

/** IEEE 802.15.4, 7.2. */
export function dissectWpan(frame: Frame, at: number, checkSize: number): void {
  frame.enter("wpan", at);
  if (!frame.has(at, 3)) return;
  const { bytes } = frame;
  const field = uint16In(bytes, at, true);
  const type = field & 7;
  const isIntact = checkSize !== checkSizeBytes || hasGoodCheck(frame, at);
  frame.limit(at, Math.max(3, frame.reportedEnd - at - checkSize));
  let next = afterAddresses(at, field);
  if (field & control.security) next += securitySize(bytes[next] ?? 0);
  if (next > frame.capturedEnd) {
    frame.has(at, next - at);
    return;
  }
  if (type === frameType.acknowledgement || next >= frame.reportedEnd) return;
  if (type === frameType.command || type === frameType.beacon) return;
  if (
    type === frameType.data &&
    !(field & control.security) &&
    isIntact &&
    isSixLowpan(frame, next)
  )
    dissectSixLowpan(frame, next);
  else frame.data(next);
}

/** 7.2.11: the remainder of ITU-T's polynomial, lowest bit first; a frame that is cut is believed. */
function hasGoodCheck({ bytes, capturedEnd, reportedEnd }: Frame, at: number): boolean {
  if (capturedEnd < reportedEnd || reportedEnd - at < checkSizeBytes) return true;
  let remainder = 0;
  for (let index = at; index < reportedEnd - checkSizeBytes; index++) {
    remainder ^= bytes[index] ?? 0;
    for (let bit = 0; bit < 8; bit++)
      remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
  }
  return remainder === uint16In(bytes, reportedEnd - checkSizeBytes, true);
}

function afterAddresses(at: number, field: number): number {
  const destination = (field >> 10) & 3;
  const source = (field >> 14) & 3;
  const isVersion2 = ((field >> 12) & 3) === 2;
  const next = at + (isVersion2 && field & control.noSequence ? 2 : 3);
  const isIntraPan = (field & control.intraPan) !== 0;
  const pans = isVersion2
    ? panCountOfVersion2(destination, source, isIntraPan)
    : panCount(destination, source, isIntraPan);
  return next + pans * 2 + addressSize(destination) + addressSize(source);
}

function panCount(destination: number, source: number, isIntraPan: boolean): number {
  const both = destination !== addressMode.none && source !== addressMode.none;
  if (both) return isIntraPan ? 1 : 2;
  return destination !== addressMode.none || source !== addressMode.none ? 1 : 0;
}

/** IEEE 802.15.4-2015, table 7-2. */
function panCountOfVersion2(destination: number, source: number, isIntraPan: boolean): number {
  if (destination === addressMode.none && source === addressMode.none) return isIntraPan ? 1 : 0;
  if (destination === addressMode.none || source === addressMode.none) return isIntraPan ? 0 : 1;
  if (destination === addressMode.long && source === addressMode.long) return isIntraPan ? 0 : 1;
  return isIntraPan ? 1 : 2;
}

function addressSize(mode: number): number {
  if (mode === addressMode.short) return 2;
  return mode === addressMode.long ? 8 : 0;
}

/** 9.4: a control byte, a counter, and a key's name of one of four sizes. */
function securitySize(securityControl: number): number {
  return 5 + (keySizes[(securityControl >> 3) & 3] ?? 0);
}

/** With its check sequence at the end. */
export const wpan: Protocol = {
  name: "wpan",
  linkTypes: [195],
  etherTypes: [0x809a],
  dissect: (frame, at) => dissectWpan(frame, at, checkSizeBytes),
};

export const wpanWithoutCheck: Protocol = {
  name: "wpan",
  linkTypes: [230],
  dissect: (frame, at) => dissectWpan(frame, at, 0),
};

/** With the radio's preamble (four bytes), a delimiter and a length before it. */
export const wpanNonAsk: Protocol = {
  name: "wpan-nonask-phy",
  linkTypes: [215],
  dissect(frame, at) {
    frame.enter("wpan-nonask-phy", at);
    if (frame.has(at, 6)) dissectWpan(frame, at + 6, checkSizeBytes);
  },
};

const tapCheckType = 0;
const tapFieldCountMax = 64;

/** https://exegin.com TAP: fields before the frame, of which one tells the check sequence's kind. */
export const wpanTap: Protocol = {
  name: "wpan-tap",
  linkTypes: [283],
  dissect(frame, at) {
    frame.enter("wpan-tap", at);
    if (!frame.has(at, 4)) return;
    const size = uint16In(frame.bytes, at + 2, true);
    if (size < 4 || !frame.has(at, size)) return;
    dissectWpan(frame, at + size, checkSizeOf(frame, at, size));
  },
};

function checkSizeOf({ bytes }: Frame, at: number, size: number): number {
  let next = at + 4;
  for (let count = 0; count < tapFieldCountMax && next + 4 < at + size; count++) {
    const type = uint16In(bytes, next, true);
    const length = uint16In(bytes, next + 2, true);
    if (type === tapCheckType) return (bytes[next + 4] ?? 0) * 2;
    next += 4 + ((length + 3) & ~3);
  }
  return 0;
}
