import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { BlockBlobClient } from "@azure/storage-blob";

export const defaultBlockSizeBytes = 8 << 20;
/** More than processors: the store flushes each block to its disk before it answers. */
export const defaultConcurrency = 4;

/** Sends one block; `isCompared`: the store compares the whole with its SHA-256, and needs no MD5 of each part. */
export async function stageBlock(
  client: BlockBlobClient,
  { id, block }: { id: string; block: Buffer },
  { isCompared, abortSignal }: { isCompared: boolean; abortSignal: AbortSignal },
): Promise<void> {
  const md5 = isCompared
    ? {}
    : { transactionalContentMD5: createHash("md5").update(block).digest() };
  await client.stageBlock(id, block, block.length, { ...md5, abortSignal });
}

/**
 * Block ids bind place and content: 4 bytes of index, 20 of the block's SHA-256. A block of another
 * file, or of an older state of this one, is never taken for it.
 */
export function blockId(index: number, block: Buffer): string {
  const id = Buffer.alloc(24);
  id.writeUInt32BE(index, 0);
  createHash("sha256").update(block).digest().copy(id, 4, 0, 20);
  return id.toString("base64");
}

export async function readFully(file: FileHandle, into: Buffer, position: number): Promise<void> {
  for (let at = 0; at < into.length;) {
    const { bytesRead } = await file.read(into, at, into.length - at, position + at);
    if (bytesRead === 0) throw new Error(`the file changed: it ends at byte ${position + at}`);
    at += bytesRead;
  }
}
