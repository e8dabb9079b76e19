import { uint32 } from "../../file/bytes.ts";
import { encryptBlock } from "./aes-128.ts";
import { holdsFrames } from "./quic-frames.ts";
import type { LongHeader } from "./quic-header.ts";
import type { PacketKeys } from "./quic-keys.ts";
import { payloadSizeMax, QuicPayload } from "./quic-payload.ts";

const sampleSizeBytes = 16;
const tagSizeBytes = 16;
const wordSizeBytes = 4;
const packetNumberSizeMax = 4;
/** Where a packet lies. */
export interface Packet {
  bytes: Uint8Array;
  at: number;
  header: LongHeader;
}

/** What was decrypted last. */
const opened = new QuicPayload();
const mask = new Int32Array(sampleSizeBytes / wordSizeBytes);

/**
 * What the frames of a protected packet are in (RFC 9001, 5.3 and 5.4), until the next one is opened; null when
 * these are not its keys. The tag is not verified, which would cost more than all else: that there are frames, and
 * a hello or nothing behind them, shows that the keys fit.
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
  opened.begin(bytes, payloadAt, size, keys);
  opened.setPacketNumber(packetNumber(bytes, packetNumberAt, numberSize));
  return holdsFrames(opened) ? opened.bytes : null;
}

/** The number under its protection; of a small one only the upper bytes of the mask are used. */
function packetNumber(bytes: Uint8Array, at: number, size: number): number {
  const word = ((mask[0] ?? 0) << 8) | ((mask[1] ?? 0) >>> 24);
  return (uint32(bytes, at) ^ word) >>> (32 - 8 * size);
}
