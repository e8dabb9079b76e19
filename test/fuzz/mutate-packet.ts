import type { Random } from "../../bench/inspection/random.ts";
import type { CorpusPacket } from "./corpus.ts";

type Mutation = (packet: CorpusPacket, random: Random, other: CorpusPacket) => CorpusPacket;

const mutations: readonly Mutation[] = [
  flipBits,
  flipBits,
  setByte,
  setByte,
  setLength,
  setLength,
  setLength,
  truncateCaptured,
  truncateBoth,
  extend,
  splice,
  cutOut,
  repeatPart,
  borrow,
  fill,
];

const bitCountMax = 8;
const partSizeMaxBytes = 64;
const extensionSizeMaxBytes = 2_000;
/** Offsets below this are of headers as a rule; damage there is tried more often than chance would. */
const headerSizeBytes = 64;
const packetSizeMaxBytes = 65_535;

/** The packet with one thing wrong, chosen by chance; `other` lends bytes. */
export function mutatePacket(
  packet: CorpusPacket,
  random: Random,
  other: CorpusPacket,
): CorpusPacket {
  const mutate = mutations[random.below(mutations.length)] ?? flipBits;
  const mutated = mutate(packet, random, other);
  if (mutated.bytes.length <= packetSizeMaxBytes) return mutated;
  return withBytes(mutated, mutated.bytes.slice(0, packetSizeMaxBytes));
}

/** What was captured in full still is. */
function withBytes(packet: CorpusPacket, bytes: Uint8Array): CorpusPacket {
  const cut = packet.originalLength > packet.bytes.length ? packet.originalLength : 0;
  return { ...packet, bytes, originalLength: Math.max(bytes.length, cut) };
}

function changed(packet: CorpusPacket, change: (bytes: Uint8Array) => void): CorpusPacket {
  if (packet.bytes.length === 0) return packet;
  const bytes = packet.bytes.slice();
  change(bytes);
  return { ...packet, bytes };
}

function placeIn(bytes: Uint8Array, random: Random): number {
  const limit = random.below(3) === 0 ? Math.min(headerSizeBytes, bytes.length) : bytes.length;
  return random.below(Math.max(limit, 1));
}

function flipBits(packet: CorpusPacket, random: Random): CorpusPacket {
  return changed(packet, (bytes) => {
    for (let count = 1 + random.below(bitCountMax); count > 0; count--) {
      const at = placeIn(bytes, random);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
  });
}

const edgeBytes = [0, 1, 2, 4, 0x0a, 0x0d, 0x20, 0x30, 0x7f, 0x80, 0x81, 0xc0, 0xfe, 0xff];

function setByte(packet: CorpusPacket, random: Random): CorpusPacket {
  return changed(packet, (bytes) => {
    bytes[placeIn(bytes, random)] = edgeBytes[random.below(edgeBytes.length)] ?? 0;
  });
}

/** Writes a number that a length or count may be, of 1, 2, 3 or 4 bytes in either order. */
function setLength(packet: CorpusPacket, random: Random): CorpusPacket {
  return changed(packet, (bytes) => {
    const at = placeIn(bytes, random);
    const left = bytes.length - at;
    const lengths = [0, 1, 2, 3, left, left + 1, left - 1, left - 2, 0x7fffffff, -1, -2, 0x8000];
    const value = lengths[random.below(lengths.length)] ?? 0;
    const size = 1 + random.below(4);
    const isLittle = random.below(2) === 0;
    for (let index = 0; index < size && at + index < bytes.length; index++)
      bytes[at + index] = value >> (8 * (isLittle ? index : size - 1 - index));
  });
}

function truncateCaptured(packet: CorpusPacket, random: Random): CorpusPacket {
  const bytes = packet.bytes.slice(0, random.below(packet.bytes.length + 1));
  return { ...packet, bytes };
}

function truncateBoth(packet: CorpusPacket, random: Random): CorpusPacket {
  const bytes = packet.bytes.slice(0, random.below(packet.bytes.length + 1));
  return { ...packet, bytes, originalLength: bytes.length };
}

function extend(packet: CorpusPacket, random: Random): CorpusPacket {
  const bytes = new Uint8Array(packet.bytes.length + random.below(extensionSizeMaxBytes));
  bytes.set(packet.bytes);
  for (let at = packet.bytes.length; at < bytes.length; at++) bytes[at] = random.next();
  return withBytes(packet, bytes);
}

/** The head of one packet and the tail of another. */
function splice(packet: CorpusPacket, random: Random, other: CorpusPacket): CorpusPacket {
  const head = packet.bytes.subarray(0, placeIn(packet.bytes, random));
  const tail = other.bytes.subarray(placeIn(other.bytes, random));
  return withBytes(packet, joined(head, tail));
}

function cutOut(packet: CorpusPacket, random: Random): CorpusPacket {
  const { bytes } = packet;
  const at = placeIn(bytes, random);
  const end = at + 1 + random.below(partSizeMaxBytes);
  return withBytes(packet, joined(bytes.subarray(0, at), bytes.subarray(end)));
}

function repeatPart(packet: CorpusPacket, random: Random): CorpusPacket {
  const { bytes } = packet;
  const at = placeIn(bytes, random);
  const part = bytes.subarray(at, at + 1 + random.below(partSizeMaxBytes));
  const parts = Array.from({ length: 1 + random.below(bitCountMax) }, () => part);
  return withBytes(packet, joined(bytes.subarray(0, at), ...parts, bytes.subarray(at)));
}

/** Puts a part of another packet over this one's. */
function borrow(packet: CorpusPacket, random: Random, other: CorpusPacket): CorpusPacket {
  return changed(packet, (bytes) => {
    const from = placeIn(other.bytes, random);
    const at = placeIn(bytes, random);
    const size = Math.min(1 + random.below(partSizeMaxBytes), bytes.length - at);
    bytes.set(other.bytes.subarray(from, from + size), at);
  });
}

function fill(packet: CorpusPacket, random: Random): CorpusPacket {
  return changed(packet, (bytes) => {
    const at = placeIn(bytes, random);
    const byte = edgeBytes[random.below(edgeBytes.length)] ?? 0;
    bytes.fill(byte, at, at + 1 + random.below(partSizeMaxBytes));
  });
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
