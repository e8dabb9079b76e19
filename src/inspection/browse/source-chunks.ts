import type { RandomAccess } from "./packet-book.ts";

/** The bytes of a source from its beginning, in pieces; the next is asked for while one is looked at. */
export async function* sourceChunks(
  source: RandomAccess,
  chunkSizeBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const readAt = (offset: number): Promise<Uint8Array> | null => {
    const size = Math.min(chunkSizeBytes, source.sizeBytes - offset);
    if (size <= 0) return null;
    const reading = source.read(offset, size, signal);
    // Whoever stops in between does not wait for it.
    reading.catch(() => {});
    return reading;
  };
  let offset = 0;
  for (let next = readAt(0); next !== null;) {
    const chunk = await next;
    if (chunk.length === 0) return;
    offset += chunk.length;
    next = readAt(offset);
    yield chunk;
  }
}
