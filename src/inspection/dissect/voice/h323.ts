import { uint16, uint32In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { pduStream } from "../transport/pdu-stream.ts";
import type { Protocol } from "../registry.ts";

const packetHeaderSizeBytes = 4;
const packetVersion = 3;
const callControl = 0x08;
const userToUser = 0x7e;
const elementCountMax = 64;

/** ITU-T H.225.0, 7: calls as Q.931 sets them up, in which a user-to-user element holds what is new. */
function enterCall(frame: Frame, bytes: Uint8Array, at: number, end: number): void {
  frame.enter("tpkt", at, end, bytes);
  const start = at + packetHeaderSizeBytes;
  if (bytes[start] !== callControl) return;
  frame.enter("q931", start, end, bytes);
  const next = findUserToUser(bytes, start + 3 + ((bytes[start + 1] ?? 0) & 15), end);
  if (next >= 0) frame.enter("h225", next, end, bytes);
}

/** ITU-T Q.931, 4.5: elements of one byte have the first bit, others a length; the user's has two bytes of it. */
function findUserToUser(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let count = 0; count < elementCountMax && at < end; count++) {
    const type = bytes[at] ?? 0;
    if (type === userToUser) return uint16(bytes, at + 1) > 1 ? at : -1;
    at += type & 0x80 ? 1 : 2 + (bytes[at + 1] ?? 0);
  }
  return -1;
}

export const h323: Protocol = {
  name: "q931",
  tcpPorts: [1720],
  stream: pduStream({
    name: "q931",
    headerSizeBytes: packetHeaderSizeBytes,
    size: (bytes, at) => uint16(bytes, at + 2),
    enter: enterCall,
    accepts: (bytes, at) => bytes[at] === packetVersion && bytes[at + 1] === 0,
  }),
};

const skinnyHeaderSizeBytes = 8;
const skinnySizeMax = 65_535;

/** Cisco's phones: a length, the version of the header, then a message. */
export const skinny: Protocol = {
  name: "skinny",
  tcpPorts: [2000],
  stream: pduStream({
    name: "skinny",
    headerSizeBytes: skinnyHeaderSizeBytes,
    size: (bytes, at) => skinnyHeaderSizeBytes + uint32In(bytes, at, true),
    accepts: (bytes, at) =>
      uint32In(bytes, at, true) >= 4 &&
      uint32In(bytes, at, true) < skinnySizeMax &&
      uint32In(bytes, at + 4, true) <= 0x16,
  }),
};
