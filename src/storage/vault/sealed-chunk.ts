import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { SealBrokenError } from "./key-ring.ts";
import { fileIdSizeBytes, type SealedFileKey, sealedHeadSizeBytes } from "./sealed-head.ts";

const nonceSizeBytes = 12;
const tagSizeBytes = 16;
/** What sealing adds to a chunk: the nonce before it and the tag behind it. */
export const chunkOverheadBytes = nonceSizeBytes + tagSizeBytes;

/** Where chunk `index` begins in its file. */
export const chunkOffset = ({ chunkSizeBytes }: SealedFileKey, index: number): number =>
  sealedHeadSizeBytes + index * (chunkSizeBytes + chunkOverheadBytes);

/** Chunks of so many bytes; a whole file has one at least, so that there is a last one. */
export const chunkCount = ({ chunkSizeBytes, grows }: SealedFileKey, sizeBytes: number): number =>
  Math.max(Math.ceil(sizeBytes / chunkSizeBytes), grows ? 0 : 1);

/** The size of a whole sealed file of so many bytes. */
export function sealedSizeBytes(key: SealedFileKey, sizeBytes: number): number {
  return sealedHeadSizeBytes + sizeBytes + chunkCount(key, sizeBytes) * chunkOverheadBytes;
}

/** How many bytes a whole sealed file of this size holds; null when no file has this size. */
export function plainSizeBytes(key: SealedFileKey, fileSizeBytes: number): number | null {
  const body = fileSizeBytes - sealedHeadSizeBytes;
  const count = Math.ceil(body / (key.chunkSizeBytes + chunkOverheadBytes));
  const sizeBytes = body - count * chunkOverheadBytes;
  return sizeBytes >= 0 && sealedSizeBytes(key, sizeBytes) === fileSizeBytes ? sizeBytes : null;
}

export interface ChunkPlace {
  readonly index: number;
  /** Nothing follows. Chunks of a file that grows are never the last. */
  readonly isLast: boolean;
}

/**
 * A chunk as it lies in its file. A whole file is written once, from its first byte to its last, with a
 * key of its own: the chunk's number is the nonce, and none comes twice. In a growing file a chunk may be
 * written again after a crash, with other bytes: there nonces are random.
 */
export function sealChunk(key: SealedFileKey, place: ChunkPlace, plain: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(plain.byteLength + chunkOverheadBytes);
  sealChunkInto(sealed, key, { ...place, plain });
  return sealed;
}

/** The same into memory that is there; gives how much of it was taken. */
export function sealChunkInto(
  target: Buffer,
  key: SealedFileKey,
  { plain, ...place }: ChunkPlace & { plain: Uint8Array },
): number {
  const nonce = key.grows ? randomBytes(nonceSizeBytes) : counterNonce(place.index);
  const cipher = createCipheriv("aes-256-gcm", key.dataKey, nonce);
  cipher.setAAD(additionalData(key, place));
  nonce.copy(target);
  const text = cipher.update(plain);
  text.copy(target, nonceSizeBytes);
  cipher.final(); // gives no bytes: GCM is no block mode
  cipher.getAuthTag().copy(target, nonceSizeBytes + plain.byteLength);
  releaseMemory(text);
  return plain.byteLength + chunkOverheadBytes;
}

/**
 * Gives a buffer's memory back at once, where it has memory of its own: what is left to the garbage
 * collector by the chunk has it collect the whole heap again and again.
 */
export function releaseMemory({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

/** Throws `SealBrokenError` when it is not the chunk that was sealed for this place. */
export function openChunk(key: SealedFileKey, place: ChunkPlace, sealed: Buffer): Buffer {
  if (sealed.length < chunkOverheadBytes) throw broken(place);
  const tagAt = sealed.length - tagSizeBytes;
  const nonce = sealed.subarray(0, nonceSizeBytes);
  const decipher = createDecipheriv("aes-256-gcm", key.dataKey, nonce);
  decipher.setAAD(additionalData(key, place)).setAuthTag(sealed.subarray(tagAt));
  const plain = decipher.update(sealed.subarray(nonceSizeBytes, tagAt));
  try {
    decipher.final();
  } catch (cause) {
    throw broken(place, cause);
  }
  return plain;
}

const broken = ({ index }: ChunkPlace, cause?: unknown): SealBrokenError =>
  new SealBrokenError(`chunk ${index} of a sealed file was changed, moved or cut`, { cause });

function counterNonce(index: number): Buffer {
  const nonce = Buffer.alloc(nonceSizeBytes);
  nonce.writeBigUInt64BE(BigInt(index), nonceSizeBytes - 8);
  return nonce;
}

/** File id, origin, the chunk's number, and whether it is the last. */
function additionalData(key: SealedFileKey, { index, isLast }: ChunkPlace): Buffer {
  const bytes = Buffer.alloc(fileIdSizeBytes + key.origin.length + 9);
  key.fileId.copy(bytes, 0);
  key.origin.copy(bytes, fileIdSizeBytes);
  bytes.writeBigUInt64BE(BigInt(index), bytes.length - 9);
  bytes.writeUInt8(isLast ? 1 : 0, bytes.length - 1);
  return bytes;
}
