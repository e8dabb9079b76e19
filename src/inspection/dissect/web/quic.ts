import { uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";

/** Packets of one datagram (RFC 9000, 12.2). */
const packetCountMax = 16;
/** UDP conversations that are known to be QUIC, per inspection; later ones are recognized packet by packet. */
const conversationCountMax = 1_000_000;
const connectionIdSizeMax = 20;
const packetType = { initial: 0, zeroRtt: 1, handshake: 2, retry: 3 };

const conversations = new WeakMap<object, Set<number>>();

function conversationsOf(frame: Frame): Set<number> {
  const found = conversations.get(frame.analyses);
  if (found) return found;
  const made = new Set<number>();
  conversations.set(frame.analyses, made);
  return made;
}

/** RFC 9000 and 9369, and the drafts from 20 on. */
function isKnownVersion(version: number): boolean {
  const isDraft = version >>> 8 === 0xff0000 && (version & 0xff) >= 20 && (version & 0xff) <= 34;
  const isGoogles = version >>> 0 === 0x51303530 || version >>> 8 === 0x543035;
  return version === 1 || version === 0x6b3343cf || version === 0x709a50c4 || isDraft || isGoogles;
}

/** A long header of a known version with possible connection ids; or a conversation that began so. */
function isQuic(frame: Frame, at: number): boolean {
  const { bytes, capturedEnd } = frame;
  const known = conversationsOf(frame);
  if (known.has(frame.udpStream)) return true;
  if (capturedEnd - at < 16 || ((bytes[at] ?? 0) & 0xc0) !== 0xc0) return false;
  if (!isKnownVersion(uint32(bytes, at + 1))) return false;
  const destinationSize = bytes[at + 5] ?? 0;
  const sourceSize = bytes[at + 6 + destinationSize] ?? 0;
  if (destinationSize > connectionIdSizeMax || sourceSize > connectionIdSizeMax) return false;
  if (frame.udpStream >= 0 && known.size < conversationCountMax) known.add(frame.udpStream);
  return true;
}

/** RFC 9000, 17: long headers say how long they are; a short one takes the rest. */
function dissect(frame: Frame, start: number): void {
  let at = start;
  for (let count = 0; at < frame.capturedEnd && count < packetCountMax; count++) {
    frame.enter("quic", at);
    const size = longPacketSize(frame, at);
    if (size <= 0) return;
    at += size;
  }
}

/** 0 for a packet without a length: it takes the rest of the datagram. */
function longPacketSize({ bytes, capturedEnd }: Frame, at: number): number {
  const first = bytes[at] ?? 0;
  if ((first & 0x80) === 0 || uint32(bytes, at + 1) === 0) return 0;
  const type = longPacketType(first, uint32(bytes, at + 1));
  if (type === packetType.retry) return 0;
  let next = at + 5;
  next += 1 + (bytes[next] ?? 0);
  next += 1 + (bytes[next] ?? 0);
  if (type === packetType.initial) {
    const token = variableInteger(bytes, next);
    next += token.size + token.value;
  }
  if (next >= capturedEnd) return 0;
  const length = variableInteger(bytes, next);
  return next + length.size + length.value - at;
}

/** Version 2 numbers the types otherwise (RFC 9369, 3.2). */
function longPacketType(first: number, version: number): number {
  const type = (first >> 4) & 3;
  return version === 0x6b3343cf || version === 0x709a50c4 ? (type + 3) & 3 : type;
}

/** RFC 9000, 16. */
function variableInteger(bytes: Uint8Array, at: number): { value: number; size: number } {
  const size = 1 << ((bytes[at] ?? 0) >> 6);
  let value = (bytes[at] ?? 0) & 0x3f;
  for (let index = 1; index < size; index++) value = value * 256 + (bytes[at + index] ?? 0);
  return { value, size };
}

export const quic: Protocol = { name: "quic", dissect, recognizesDatagram: isQuic };
