/**
 * Gives back each chunk's memory as soon as the next chunk is asked for. Left to the garbage collector a
 * GiB is a hundred collections of the whole heap, for it counts such memory without looking how old it is.
 */
export async function* releaseChunks(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    yield chunk;
    release(chunk);
  }
}

/** Only memory that the chunk has to itself: others may still look at what it shares. */
function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
