import { createHash } from "node:crypto";

/** Blocks are this large, or a power of two times it where the list would be too long. */
export const blockSizeBytesMin = 64 << 10;
/** Hashes that one manifest has of all its files together, about. */
export const blockCountMax = 4_096;
export const blockSizeBytesMax = 1 << 30;

/** How large the blocks of a manifest are whose captures have `sizeBytes` in all. */
export function blockSizeFor(sizeBytes: number): number {
  let blockSizeBytes = blockSizeBytesMin;
  while (sizeBytes / blockSizeBytes > blockCountMax && blockSizeBytes < blockSizeBytesMax) {
    blockSizeBytes *= 2;
  }
  return blockSizeBytes;
}

/** What a file is: its size, its hash and those of its blocks, base64url. */
export interface HashedFile {
  sizeBytes: number;
  /** Lower-case hex. */
  sha256: string;
  blocks: string[];
}

/** Reads a file once and hashes it whole and block by block; without a block size, whole only. */
export async function hashBlocks(
  chunks: AsyncIterable<Uint8Array>,
  blockSizeBytes: number | null,
): Promise<HashedFile> {
  const whole = createHash("sha256");
  const blocks: string[] = [];
  let block = createHash("sha256");
  let sizeBytes = 0;
  const left = (): number => (blockSizeBytes ?? 1) - (sizeBytes % (blockSizeBytes ?? 1));
  for await (const chunk of chunks) {
    whole.update(chunk);
    if (blockSizeBytes === null) {
      sizeBytes += chunk.byteLength;
      continue;
    }
    for (let at = 0; at < chunk.byteLength;) {
      const piece = chunk.subarray(at, at + left());
      const fills = piece.byteLength === left();
      block.update(piece);
      at += piece.byteLength;
      sizeBytes += piece.byteLength;
      if (!fills) continue;
      blocks.push(block.digest("base64url"));
      block = createHash("sha256");
    }
  }
  if (blockSizeBytes !== null && sizeBytes % blockSizeBytes > 0) {
    blocks.push(block.digest("base64url"));
  }
  return { sizeBytes, sha256: whole.digest("hex"), blocks };
}
