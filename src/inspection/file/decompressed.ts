import { gunzip, type GunzipReport } from "../deflate/gunzip.ts";

/** Told what went wrong with compression; what was read before it stands. */
export interface DecompressionOptions {
  compressed: GunzipReport;
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
  if (first[0] === 0x1f && first[1] === 0x8b) yield* gunzip(whole, options.compressed);
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
  try {
    if (first.length > 0) yield first;
    yield* rest;
  } finally {
    // Who stops at the first chunk has not begun with the rest, which still has a file to close.
    await rest.return();
  }
}
