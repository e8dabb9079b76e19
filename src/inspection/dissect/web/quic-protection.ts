import { uint32 } from "../../file/bytes.ts";
import { encryptBlock } from "./aes-128.ts";
import { holdsWholeFrames, mayBeginFrame } from "./quic-frames.ts";
import type { LongHeader } from "./quic-header.ts";
import type { PacketKeys } from "./quic-keys.ts";

const sampleSizeBytes = 16;
const tagSizeBytes = 16;
const blockSizeBytes = 16;
const wordSizeBytes = 4;
/** Block 1 makes the tag. */
const firstPayloadBlock = 2;
const packetNumberSizeMax = 4;
/** A datagram's length has 16 bits. */
const payloadSizeMax = 65_536;

/** Where a packet lies. */
export interface Packet {
  bytes: Uint8Array;
  at: number;
  header: LongHeader;
}

/** What was decrypted last. */
const opened = new Uint8Array(payloadSizeMax);
const mask = new Int32Array(blockSizeBytes / wordSizeBytes);

/**
 * The frames of a protected packet (RFC 9001, 5.3 and 5.4), until the next one is opened; null when these are
 * not its keys.
 */
export function unprotect({ bytes, at, header }: Packet, keys: PacketKeys): Uint8Array | null {
  const { packetNumberAt, end } = header;
  const sampleAt = packetNumberAt + packetNumberSizeMax;
  if (sampleAt + sampleSizeBytes > end || end > bytes.length) return null;
  for (let index = 0; index < mask.length; index++)
    mask[index] = uint32(bytes, sampleAt + wordSizeBytes * index);
  encryptBlock(keys.headerProtection, mask);
  const first = (bytes[at] ?? 0) ^ (((mask[0] ?? 0) >>> 24) & 0x0f);
  const numberSize = (first & 3) + 1;
  const payloadAt = packetNumberAt + numberSize;
  const size = end - tagSizeBytes - payloadAt;
  if (size < 0 || size > payloadSizeMax) return null;
  // RFC 9000, 17.2: these bits are 0 under the protection.
  if ((first & 0x0c) !== 0) return null;
  setCounter(keys.iv, packetNumber(bytes, packetNumberAt, numberSize));
  return decrypt(bytes, payloadAt, size, keys.key);
}

/** The number under its protection; of a small one only the upper bytes of the mask are used. */
function packetNumber(bytes: Uint8Array, at: number, size: number): number {
  const word = ((mask[0] ?? 0) << 8) | ((mask[1] ?? 0) >>> 24);
  return (uint32(bytes, at) ^ word) >>> (32 - 8 * size);
}

const counter = new Int32Array(3);
const stream = new Int32Array(blockSizeBytes / wordSizeBytes);

/**
 * What the counter blocks of AES-GCM begin with for a packet (RFC 9001, 5.3; NIST SP 800-38D, 7.2). The tag
 * is not verified, which would cost more than all else: whole frames show that the keys fit.
 */
function setCounter(iv: Int32Array, number: number): void {
  counter[0] = iv[0] ?? 0;
  counter[1] = iv[1] ?? 0;
  counter[2] = (iv[2] ?? 0) ^ number;
}

/** The payload at `at`; null as soon as it shows that these are no frames. */
function decrypt(bytes: Uint8Array, at: number, size: number, key: Int32Array): Uint8Array | null {
  for (let done = 0; done < size; done += blockSizeBytes) {
    stream[0] = counter[0] ?? 0;
    stream[1] = counter[1] ?? 0;
    stream[2] = counter[2] ?? 0;
    stream[3] = firstPayloadBlock + done / blockSizeBytes;
    encryptBlock(key, stream);
    const end = Math.min(size, done + blockSizeBytes);
    for (let index = done; index < end; index++) {
      const word = stream[(index & 15) >> 2] ?? 0;
      opened[index] = (bytes[at + index] ?? 0) ^ (word >>> (24 - ((index & 3) << 3)));
    }
    if (done === 0 && !mayBeginFrame(opened[0] ?? 0)) return null;
  }
  const frames = opened.subarray(0, size);
  return holdsWholeFrames(frames) ? frames : null;
}
