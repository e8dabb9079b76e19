import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { KeyRing } from "../vault/key-ring.ts";
import { readSealed } from "../vault/sealed-file.ts";
import type { BlobSidecar, Segment } from "./directory-layout.ts";

const readChunkSizeBytes = 256 * 1_024;

/** Memory for the next chunk, of so many bytes at most. */
type ChunkMemory = (sizeBytesMax: number) => Buffer;

/** One that whoever reads may keep. */
const newMemory: ChunkMemory = (sizeBytesMax) =>
  Buffer.allocUnsafe(Math.min(readChunkSizeBytes, sizeBytesMax));

/** The same two in turn, for a reader that is done with a chunk when it asks for the next. */
function twoInTurn(): ChunkMemory {
  const buffers = [Buffer.alloc(readChunkSizeBytes), Buffer.alloc(readChunkSizeBytes)] as const;
  let turn = 0;
  return (sizeBytesMax) => buffers[turn++ % 2 === 0 ? 0 : 1].subarray(0, sizeBytesMax);
}

/** One file of the store: its bytes from `from` up to `to`, in plain text whatever it is on the disk. */
export function readStored(
  keys: KeyRing | null,
  { path, fileId, sizeBytes }: { path: string; fileId: string | undefined; sizeBytes: number },
  range: { from: number; to: number },
  memory: ChunkMemory = newMemory,
): AsyncGenerator<Uint8Array> {
  if (fileId === undefined) return readFilePart(path, range, memory);
  if (!keys) throw new Error(`${path} is encrypted, and there are no keys`);
  const isPassing = memory !== newMemory;
  return readSealed(keys, { path, fileId, sizeBytes }, { ...range, isPassing });
}

/** The next chunk is read while the one before it is looked at. */
async function* readFilePart(
  path: string,
  { from, to }: { from: number; to: number },
  memory: ChunkMemory,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  let at = from;
  const read = async (): Promise<Uint8Array | null> => {
    if (at >= to) return null;
    const buffer = memory(to - at);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) throw new Error(`${path} ends at byte ${at}, ${to} were written`);
    at += bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  let next = read();
  try {
    for (let chunk = await next; chunk; chunk = await next) {
      next = read();
      next.catch(() => {}); // told by whoever waits for it
      yield chunk;
    }
  } finally {
    await next.catch(() => {});
    await file.close();
  }
}

/** A blob's content as its record says: segments, and what an append blob has behind them. */
export interface StoredContent {
  readonly directory: string;
  readonly segments: readonly Segment[];
  readonly tail?: string | undefined;
}

/** The bytes `start` up to and including `end`. */
export async function* readContent(
  keys: KeyRing | null,
  { directory, segments, tail }: StoredContent,
  { start, end }: { start: number; end: number },
  memory: ChunkMemory = newMemory,
): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for (const { file, sizeBytes, fileId } of segments) {
    const from = Math.max(start - offset, 0);
    const to = Math.min(end - offset + 1, sizeBytes);
    const path = join(directory, file);
    if (from < to) yield* readStored(keys, { path, fileId, sizeBytes }, { from, to }, memory);
    offset += sizeBytes;
    if (offset > end) return;
  }
  if (tail === undefined) return;
  const rest = Buffer.from(tail, "base64").subarray(Math.max(start - offset, 0), end - offset + 1);
  if (rest.length > 0) yield rest;
}

/** A blob that may be encrypted while it is read: its files are others then, its bytes are not. */
export interface ReadSource {
  readonly directory: string;
  readonly committed: BlobSidecar | null;
}

/** As `readContent`, of a blob as it is now; goes on in the new files when the old ones have gone. */
export async function* readBlob(
  keys: KeyRing | null,
  source: ReadSource,
  range: { start: number; end: number },
): AsyncGenerator<Uint8Array> {
  let sidecar = source.committed;
  for (let start = range.start; sidecar;) {
    const content = { directory: source.directory, ...sidecar };
    try {
      for await (const bytes of readContent(keys, content, { start, end: range.end })) {
        start += bytes.byteLength;
        yield bytes;
      }
      return;
    } catch (error) {
      const now: BlobSidecar | null = source.committed;
      const isSame = now !== null && now !== sidecar && now.generation === sidecar.generation;
      if (!isMissing(error) || !isSame) throw error;
      sidecar = now;
    }
  }
}

/** The file was there when its record was read. */
export const isMissing = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException | null)?.code === "ENOENT";

/** SHA-256 of the whole content, hex. */
export async function hashContent(
  keys: KeyRing | null,
  content: StoredContent,
): Promise<{ sha256: string; sizeBytes: number }> {
  const hash = createHash("sha256");
  const sizeBytes = await updateHash(hash, keys, content);
  return { sha256: hash.digest("hex"), sizeBytes };
}

export async function updateHash(
  hash: Hash,
  keys: KeyRing | null,
  content: StoredContent,
): Promise<number> {
  let sizeBytes = 0;
  const all = { start: 0, end: Number.MAX_SAFE_INTEGER };
  for await (const chunk of readContent(keys, content, all, twoInTurn())) {
    hash.update(chunk);
    sizeBytes += chunk.byteLength;
  }
  return sizeBytes;
}
