import { beginsWithZlibHeader, gzipHeaderSize, zlibHeaderSizeBytes } from "./headers.ts";
import { Inflate, inflateState } from "./inflate.ts";

/** Made when first needed; one serves all, since its window is large and bodies are many and small. */
let shared: Inflate | null = null;

interface Inflated {
  bytes: Uint8Array;
  isDamaged: boolean;
}

/**
 * Undoes `gzip` or `deflate` of a body, at most to `sizeMax` bytes; which wrapping there is, the data tell.
 * A body that ends early gives what there is, because captures cut; null when it is damaged, or empty.
 */
export function inflateBody(body: Uint8Array, sizeMax: number): Uint8Array | null {
  if (body[0] === 0x1f && body[1] === 0x8b) {
    const size = gzipHeaderSize(body);
    return size > 0 ? contentOf(inflated(body.subarray(size), sizeMax)) : null;
  }
  if (!beginsWithZlibHeader(body)) return contentOf(inflated(body, sizeMax));
  const wrapped = inflated(body.subarray(zlibHeaderSizeBytes), sizeMax);
  const isBare = wrapped.isDamaged && wrapped.bytes.length === 0;
  return contentOf(isBare ? inflated(body, sizeMax) : wrapped);
}

function contentOf({ bytes, isDamaged }: Inflated): Uint8Array | null {
  return isDamaged || bytes.length === 0 ? null : bytes;
}

/** Stops at the bound: damage behind it is not looked for. */
function inflated(data: Uint8Array, sizeMax: number): Inflated {
  const inflate = (shared ??= new Inflate());
  inflate.begin(data);
  const pages: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const state = inflate.run(sizeMax - size);
    const page = inflate.take();
    pages.push(page);
    size += page.length;
    if (state === inflateState.pageIsFull && size < sizeMax) continue;
    const isDamaged = state === inflateState.broken && !inflate.isCut;
    inflate.begin(nothing);
    return { bytes: joined(pages, Math.min(size, sizeMax)), isDamaged };
  }
}

const nothing = new Uint8Array(0);

/** The first `size` bytes of the pages. */
function joined(pages: readonly Uint8Array[], size: number): Uint8Array {
  const [first = nothing] = pages;
  if (first.length >= size) return first.subarray(0, size);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const page of pages) {
    whole.set(page.subarray(0, size - at), at);
    at += page.length;
  }
  return whole;
}
