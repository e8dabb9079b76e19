// A compressed file cannot be read in the middle: it is laid out once.
import { gunzip } from "../deflate/gunzip.ts";
import { InspectionError } from "../inspection-error.ts";
import type { RandomAccess } from "./packet-book.ts";
import { sourceChunks } from "./source-chunks.ts";

const chunkSizeBytes = 262_144;

/** Takes what a compressed file holds, up to a size. */
export interface DecompressedRoom {
  sizeBytesMax: number;
  write(chunk: Uint8Array): Promise<void>;
  /** What was written, to be read at any place. */
  finish(): Promise<RandomAccess>;
  close(): Promise<void>;
}

export interface LaidOutSource {
  source: RandomAccess;
  close(): Promise<void>;
}

/** The source itself where it is in plain. Rejects with `CaptureFormatUnsuitable` where there is no room for it. */
export async function decompressedSource(
  source: RandomAccess,
  { room, pause }: { room?: DecompressedRoom; pause: () => Promise<void> },
  signal: AbortSignal,
): Promise<LaidOutSource> {
  const head = await source.read(0, Math.min(2, source.sizeBytes), signal);
  const isCompressed = head[0] === 0x1f && head[1] === 0x8b;
  if (!isCompressed) return { source, close: async () => room?.close() };
  if (!room)
    throw new InspectionError(
      "CaptureFormatUnsuitable",
      "a compressed file cannot be browsed here: decompress it first",
    );
  try {
    let sizeBytes = 0;
    const chunks = sourceChunks(source, chunkSizeBytes, signal);
    // What is damaged further on is shown up to there, as a file that ends early is.
    for await (const chunk of gunzip(chunks, { problem: null })) {
      signal.throwIfAborted();
      sizeBytes += chunk.length;
      if (sizeBytes > room.sizeBytesMax)
        throw new InspectionError(
          "CaptureFormatUnsuitable",
          `the compressed file holds more than ${room.sizeBytesMax} bytes, the most that is laid out here: decompress it first`,
        );
      await room.write(chunk);
      await pause();
    }
    return { source: await room.finish(), close: () => room.close() };
  } catch (error) {
    await room.close();
    throw error;
  }
}

/** Room in memory, for where there is no disk. */
export function memoryRoom(sizeBytesMax: number): DecompressedRoom {
  const chunks: { offset: number; bytes: Uint8Array }[] = [];
  let sizeBytes = 0;
  return {
    sizeBytesMax,
    async write(chunk) {
      chunks.push({ offset: sizeBytes, bytes: chunk.slice() });
      sizeBytes += chunk.length;
    },
    async finish() {
      return { sizeBytes, read: async (offset, length) => readChunks(chunks, offset, length) };
    },
    async close() {
      chunks.length = 0;
    },
  };
}

function readChunks(
  chunks: readonly { offset: number; bytes: Uint8Array }[],
  offset: number,
  length: number,
): Uint8Array {
  const found = new Uint8Array(length);
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunks[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  let filled = 0;
  for (let at = low - 1; filled < length && at >= 0 && at < chunks.length; at++) {
    const chunk = chunks[at];
    if (!chunk) break;
    const piece = chunk.bytes.subarray(offset + filled - chunk.offset).subarray(0, length - filled);
    found.set(piece, filled);
    filled += piece.length;
  }
  return found.subarray(0, filled);
}
