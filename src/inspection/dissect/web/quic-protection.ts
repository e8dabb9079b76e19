import { ecb, gcm } from "@noble/ciphers/aes.js";
import type { LongHeader } from "./quic-header.ts";
import type { PacketKeys } from "./quic-keys.ts";

const sampleSizeBytes = 16;
const tagSizeBytes = 16;
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
  const associated = bytes.slice(at, payloadAt);
  associated[0] = first;
  for (let index = 0; index < numberSize; index++) {
    const place = packetNumberAt - at + index;
    associated[place] = (associated[place] ?? 0) ^ (mask[1 + index] ?? 0);
  }
  return decrypted(bytes.subarray(payloadAt, end), associated, numberSize, keys);
}

function decrypted(
  payload: Uint8Array,
  associated: Uint8Array,
  numberSize: number,
  { key, iv }: PacketKeys,
): Uint8Array | null {
  const nonce = iv.slice();
  for (let index = 1; index <= numberSize; index++) {
    const place = nonce.length - index;
    nonce[place] = (nonce[place] ?? 0) ^ (associated[associated.length - index] ?? 0);
  }
  try {
    return gcm(key, nonce, associated).decrypt(payload);
  } catch {
    // The tag does not fit: other keys, or damaged.
    return null;
  }
}
