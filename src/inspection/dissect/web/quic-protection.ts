import { ctr, ecb } from "@noble/ciphers/aes.js";
import { holdsWholeFrames } from "./quic-frames.ts";
import type { LongHeader } from "./quic-header.ts";
import type { PacketKeys } from "./quic-keys.ts";

const sampleSizeBytes = 16;
const tagSizeBytes = 16;
const blockSizeBytes = 16;
/** Block 1 makes the tag. */
const firstPayloadBlock = 2;
const packetNumberSizeMax = 4;

/** Where a packet lies. */
export interface Packet {
  bytes: Uint8Array;
  at: number;
  header: LongHeader;
}

/** The frames of a protected packet (RFC 9001, 5.3 and 5.4); null when these are not its keys. */
export function unprotect({ bytes, at, header }: Packet, keys: PacketKeys): Uint8Array | null {
  const { packetNumberAt, end } = header;
  const sampleAt = packetNumberAt + packetNumberSizeMax;
  if (sampleAt + sampleSizeBytes > end || end > bytes.length) return null;
  const sample = bytes.slice(sampleAt, sampleAt + sampleSizeBytes);
  const mask = ecb(keys.headerProtection, { disablePadding: true }).encrypt(sample);
  const first = (bytes[at] ?? 0) ^ ((mask[0] ?? 0) & 0x0f);
  const numberSize = (first & 3) + 1;
  const payloadAt = packetNumberAt + numberSize;
  if (payloadAt + tagSizeBytes > end) return null;
  // RFC 9000, 17.2: these bits are 0 under the protection.
  if ((first & 0x0c) !== 0) return null;
  const counter = counterOf(keys.iv, bytes, { at: packetNumberAt, size: numberSize, mask });
  const payload = ctr(keys.key, counter).decrypt(bytes.slice(payloadAt, end - tagSizeBytes));
  return holdsWholeFrames(payload) ? payload : null;
}

/** Where a packet number lies, and what protects it. */
interface PacketNumber {
  at: number;
  size: number;
  mask: Uint8Array;
}

/**
 * The first counter block of AES-GCM for a packet (RFC 9001, 5.3; NIST SP 800-38D, 7.2). The tag is not
 * verified, which would cost more than all else: whole frames show that the keys fit.
 */
function counterOf(
  iv: Uint8Array,
  bytes: Uint8Array,
  { at, size, mask }: PacketNumber,
): Uint8Array {
  const counter = new Uint8Array(blockSizeBytes);
  counter.set(iv);
  for (let index = 0; index < size; index++) {
    const place = iv.length - size + index;
    const number = (bytes[at + index] ?? 0) ^ (mask[1 + index] ?? 0);
    counter[place] = (counter[place] ?? 0) ^ number;
  }
  counter[blockSizeBytes - 1] = firstPayloadBlock;
  return counter;
}
