import { Readable } from "node:stream";
import { createGunzip, constants } from "node:zlib";
import type { FlowSource, SourceBlob } from "./flow-source.ts";
import type { PieceMemory } from "./piece-memory.ts";

/** RFC 1952, 2.3.1. */
const gzipMagic = [0x1f, 0x8b];

export interface ContentOptions {
  /** Of content that is not compressed. */
  readonly start: number;
  readonly signal: AbortSignal;
  /** Raw bytes that came. */
  readonly onBytes: (count: number) => void;
  /** For pieces of content that is not compressed; whoever uses them gives them back. */
  readonly memory?: PieceMemory;
}

/** Whether the bytes are gzip, whatever the blob is called. */
export const isGzip = (beginning: Uint8Array): boolean =>
  gzipMagic.every((byte, index) => beginning[index] === byte);

/** A blob's first bytes as they lie. */
export async function readBeginning(
  source: FlowSource,
  blob: SourceBlob,
  options: { count: number; signal: AbortSignal },
): Promise<Uint8Array> {
  const end = Math.min(options.count, blob.sizeBytes);
  const parts = await Array.fromAsync(source.read(blob, { start: 0, end }, options.signal));
  return Buffer.concat(parts);
}

/** A blob's content from `start` on. What is compressed can only be read from its beginning. */
export async function* readContent(
  source: FlowSource,
  blob: SourceBlob,
  options: ContentOptions & { isCompressed: boolean },
): AsyncGenerator<Uint8Array> {
  const { start, signal } = options;
  const end = blob.sizeBytes;
  if (!options.isCompressed) {
    const { memory } = options;
    const range = { start, end, ...(memory ? { memory } : {}) };
    if (start < end) yield* counted(source.read(blob, range, signal), options);
    return;
  }
  // One that is cut off ends where it is cut, as other files do.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const raw = Readable.from(counted(source.read(blob, { start: 0, end }, signal), options));
  raw.on("error", (error) => gunzip.destroy(error));
  let toSkip = start;
  for await (const bytes of raw.pipe(gunzip) as AsyncIterable<Uint8Array>) {
    if (toSkip < bytes.length) yield bytes.subarray(toSkip);
    toSkip = Math.max(0, toSkip - bytes.length);
  }
}

async function* counted(
  bytes: AsyncIterable<Uint8Array>,
  { onBytes, signal }: ContentOptions,
): AsyncGenerator<Uint8Array> {
  for await (const part of bytes) {
    signal.throwIfAborted();
    onBytes(part.length);
    yield part;
  }
}
