import { type FileHandle, open } from "node:fs/promises";
import { secretFileMode } from "../../common/files.ts";
import type { KeyRing } from "../vault/key-ring.ts";
import { chunkOffset, sealChunk } from "../vault/sealed-chunk.ts";
import { openFile, SealingWriter } from "../vault/sealed-file.ts";
import { growingChunkSizeBytes, makeHead, type SealedFileKey } from "../vault/sealed-head.ts";

/** Chunks of a growing file that are written together. */
const batchSizeBytes = 64 * growingChunkSizeBytes;

export interface NewSealedFile {
  readonly path: string;
  readonly origin: Buffer;
}

/** Writes all of `bytes` into a new sealed file, flushed; its directory is the caller's to flush. */
export async function sealInto(
  keys: KeyRing,
  { path, origin }: NewSealedFile,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ fileId: string }> {
  const file = await open(path, "w", secretFileMode);
  try {
    const { writer, fileId } = await SealingWriter.begin(keys, file, origin);
    for await (const chunk of bytes) await writer.write(chunk);
    await writer.end();
    await file.sync();
    return { fileId };
  } finally {
    await file.close();
  }
}

/** What an append blob has: whole chunks in its file, and what does not fill one. */
export interface Growth {
  /** Of whole chunks. */
  readonly sizeBytes: number;
  readonly tail: Buffer;
}

/** Makes a file that grows, with nothing in it; flushed. */
export async function makeGrowing(
  keys: KeyRing,
  { path, origin }: NewSealedFile,
): Promise<{ fileId: string }> {
  const { head, key } = makeHead(keys, { origin, grows: true });
  const file = await open(path, "w", secretFileMode);
  try {
    await file.writeFile(head);
    await file.sync();
  } finally {
    await file.close();
  }
  return { fileId: key.fileId.toString("hex") };
}

/**
 * Puts `bytes` behind what is there. Whole chunks go into the file, flushed; the rest comes back, for the
 * blob's record. Nothing that the record counts is written again, so a crash at any moment leaves it.
 */
export async function growFile(
  keys: KeyRing,
  { path, fileId }: { path: string; fileId: string },
  before: Growth,
  bytes: AsyncIterable<Uint8Array>,
): Promise<Growth> {
  const file = await open(path, "r+");
  try {
    const key = await openFile(keys, file, { path, fileId });
    let { sizeBytes } = before;
    let held: Buffer = before.tail;
    for await (const chunk of bytes) {
      held = Buffer.concat([held, chunk]);
      if (held.length < batchSizeBytes) continue;
      sizeBytes = await writeChunks(file, key, { held, sizeBytes });
      held = held.subarray(wholeSize(held.length));
    }
    sizeBytes = await writeChunks(file, key, { held, sizeBytes });
    if (sizeBytes > before.sizeBytes) await file.sync();
    return { sizeBytes, tail: Buffer.from(held.subarray(wholeSize(held.length))) };
  } finally {
    await file.close();
  }
}

const wholeSize = (sizeBytes: number): number => sizeBytes - (sizeBytes % growingChunkSizeBytes);

/** Seals the whole chunks of `held` behind the first `sizeBytes` bytes; gives where they end. */
async function writeChunks(
  file: FileHandle,
  key: SealedFileKey,
  { held, sizeBytes }: { held: Buffer; sizeBytes: number },
): Promise<number> {
  const first = sizeBytes / growingChunkSizeBytes;
  const count = Math.floor(held.length / growingChunkSizeBytes);
  const sealed = Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const at = index * growingChunkSizeBytes;
      const plain = held.subarray(at, at + growingChunkSizeBytes);
      return sealChunk(key, { index: first + index, isLast: false }, plain);
    }),
  );
  const start = chunkOffset(key, first);
  for (let at = 0; at < sealed.length;) {
    at += (await file.write(sealed, at, sealed.length - at, start + at)).bytesWritten;
  }
  return sizeBytes + count * growingChunkSizeBytes;
}
