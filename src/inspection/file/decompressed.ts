/** Told what went wrong with compression; what was read before it stands. */
export interface DecompressionOptions {
  compressed: { problem: string | null };
  onProgress?: ((bytes: number) => void) | undefined;
}

/** The source's bytes, decompressed when they begin as gzip does (RFC 1952). */
export async function* decompressed(
  source: AsyncIterable<Uint8Array>,
  options: DecompressionOptions,
): AsyncGenerator<Uint8Array, void> {
  const chunks = counted(source, options.onProgress);
  const first = await firstBytes(chunks);
  const whole = followedBy(first, chunks);
  if (first[0] === 0x1f && first[1] === 0x8b) yield* inflated(whole, options);
  else yield* whole;
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  onProgress: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    yield chunk;
    onProgress?.(bytes);
  }
}

async function firstBytes(chunks: AsyncGenerator<Uint8Array, void>): Promise<Uint8Array> {
  let first = new Uint8Array(0);
  while (first.length < 2) {
    const next = await chunks.next();
    if (next.done === true) break;
    const joined = new Uint8Array(first.length + next.value.length);
    joined.set(first);
    joined.set(next.value, first.length);
    first = joined;
  }
  return first;
}

async function* followedBy(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  if (first.length > 0) yield first;
  yield* rest;
}

async function* inflated(
  source: AsyncGenerator<Uint8Array, void>,
  { compressed }: DecompressionOptions,
): AsyncGenerator<Uint8Array, void> {
  const { readable, writable } = new DecompressionStream("gzip");
  const reader = readable.getReader();
  const feeding = feed(source, writable.getWriter());
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    compressed.problem = `gzip: ${error instanceof Error ? error.message : "unreadable"}`;
  } finally {
    await reader.cancel().catch(() => undefined);
    await feeding.catch(() => undefined);
  }
}

async function feed(
  source: AsyncGenerator<Uint8Array, void>,
  writer: ReturnType<DecompressionStream["writable"]["getWriter"]>,
): Promise<void> {
  for await (const chunk of source) await writer.write(new Uint8Array(chunk));
  await writer.close();
}
