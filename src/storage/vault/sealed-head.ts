import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import {
  keyIdSizeBytes,
  type KeyRing,
  SealBrokenError,
  type StorageKey,
  UnknownKeyError,
} from "./key-ring.ts";

/**
 * What a sealed file begins with. The fixed part never changes; a slot holds the file's own key, wrapped
 * by a key of the key file. There are two, in sectors of their own, so that a new wrapping is whole on
 * the disk before the old one goes: a crash leaves one that opens.
 *
 *     0     8  "NCSEAL1\n"
 *     8     4  bytes of a chunk's plain text, big-endian
 *     12    4  0: the file is whole; 1: it grows
 *     16   16  file id, random
 *     32   32  origin: SHA-256 of the blob and block that it was written for
 *     64   68  slot: key id 8, nonce 12, wrapped key 32, tag 16
 *     512  68  the other slot; zeros when it is empty
 *     1024     chunks
 */
export const sealedHeadSizeBytes = 1_024;
const magic = Buffer.from("NCSEAL1\n");
const fixedSizeBytes = 64;
export const slotOffsets = [64, 512] as const;
export const slotSizeBytes = 68;
export const fileIdSizeBytes = 16;
const originSizeBytes = 32;
const nonceSizeBytes = 12;
const dataKeySizeBytes = 32;

export const wholeChunkSizeBytes = 64 << 10;
/** Smaller, for what does not fill a chunk of a growing file waits in its blob's record. */
export const growingChunkSizeBytes = 4 << 10;
const chunkSizesBytes: ReadonlySet<number> = new Set([wholeChunkSizeBytes, growingChunkSizeBytes]);

/** An open head: what reading and writing chunks takes. */
export interface SealedFileKey {
  readonly fileId: Buffer;
  readonly origin: Buffer;
  readonly chunkSizeBytes: number;
  readonly grows: boolean;
  readonly dataKey: Buffer;
}

/** A head for a new file, with a key that no other file has. */
export function makeHead(
  ring: KeyRing,
  { origin, grows }: { origin: Uint8Array; grows: boolean },
): { head: Buffer; key: SealedFileKey } {
  const chunkSizeBytes = grows ? growingChunkSizeBytes : wholeChunkSizeBytes;
  const head = Buffer.alloc(sealedHeadSizeBytes);
  const fileId = randomBytes(fileIdSizeBytes);
  magic.copy(head);
  head.writeUInt32BE(chunkSizeBytes, 8);
  head.writeUInt32BE(grows ? 1 : 0, 12);
  fileId.copy(head, 16);
  head.set(origin.subarray(0, originSizeBytes), 32);
  const dataKey = randomBytes(dataKeySizeBytes);
  const key = { fileId, origin: Buffer.from(origin), chunkSizeBytes, grows, dataKey };
  makeSlot(ring.current, head, dataKey).copy(head, slotOffsets[0]);
  return { head, key };
}

/** The data key wrapped for `head`'s file. */
export function makeSlot(key: StorageKey, head: Buffer, dataKey: Buffer): Buffer {
  const nonce = randomBytes(nonceSizeBytes);
  const keyId = Buffer.from(key.id, "hex");
  const cipher = createCipheriv("aes-256-gcm", key.wrapping, nonce);
  cipher.setAAD(Buffer.concat([head.subarray(0, fixedSizeBytes), keyId]));
  return Buffer.concat([keyId, nonce, cipher.update(dataKey), cipher.final(), cipher.getAuthTag()]);
}

/** Reads a head. Throws `UnknownKeyError` when no key fits, `SealBrokenError` when it was changed. */
export function openHead(ring: KeyRing, head: Buffer): SealedFileKey {
  const fixed = readFixed(head);
  let unknown: string | null = null;
  for (const offset of slotOffsets) {
    const keyId = slotKeyId(head, offset);
    if (keyId === null) continue;
    if (!ring.has(keyId)) unknown = keyId;
    else {
      const dataKey = openSlot(ring.find(keyId), head, offset);
      if (dataKey) return { ...fixed, dataKey };
    }
  }
  if (unknown !== null) throw new UnknownKeyError(unknown, ring);
  throw new SealBrokenError("the head of a sealed file was changed");
}

function readFixed(head: Buffer): Omit<SealedFileKey, "dataKey"> {
  const chunkSizeBytes = head.length < sealedHeadSizeBytes ? 0 : head.readUInt32BE(8);
  const kind = head.length < sealedHeadSizeBytes ? 2 : head.readUInt32BE(12);
  const known = head.subarray(0, magic.length).equals(magic);
  if (!known || !chunkSizesBytes.has(chunkSizeBytes) || kind > 1) {
    throw new SealBrokenError("a file has no head of a sealed one");
  }
  return {
    fileId: head.subarray(16, 32),
    origin: head.subarray(32, fixedSizeBytes),
    chunkSizeBytes,
    grows: kind === 1,
  };
}

/** Which key a slot is for; null when the slot is empty. */
export function slotKeyId(head: Buffer, offset: number): string | null {
  const slot = head.subarray(offset, offset + slotSizeBytes);
  return slot.every((byte) => byte === 0) ? null : slot.toString("hex", 0, keyIdSizeBytes);
}

function openSlot(key: StorageKey, head: Buffer, offset: number): Buffer | null {
  const slot = head.subarray(offset, offset + slotSizeBytes);
  const wrappedAt = keyIdSizeBytes + nonceSizeBytes;
  const tagAt = wrappedAt + dataKeySizeBytes;
  const decipher = createDecipheriv(
    "aes-256-gcm",
    key.wrapping,
    slot.subarray(keyIdSizeBytes, wrappedAt),
  );
  decipher.setAAD(
    Buffer.concat([head.subarray(0, fixedSizeBytes), slot.subarray(0, keyIdSizeBytes)]),
  );
  decipher.setAuthTag(slot.subarray(tagAt));
  try {
    return Buffer.concat([decipher.update(slot.subarray(wrappedAt, tagAt)), decipher.final()]);
  } catch {
    return null;
  }
}

/** Offsets of slots that open with this key, and of those that hold something else. */
export function sortSlots(key: StorageKey, head: Buffer): { fit: number[]; other: number[] } {
  const fit: number[] = [];
  const other: number[] = [];
  for (const offset of slotOffsets) {
    const keyId = slotKeyId(head, offset);
    if (keyId === null) continue;
    const opens = keyId === key.id && openSlot(key, head, offset) !== null;
    (opens ? fit : other).push(offset);
  }
  return { fit, other };
}
