import { Inflate, inflateState } from "../file/inflate.ts";
import { GzipMembers } from "../file/gunzip.ts";

/** Undoes a content coding piece by piece (RFC 9110, 8.4.1). */
export interface ContentDecoder {
  /** The content of the next bytes; what cannot be decoded gives nothing. */
  push(bytes: Uint8Array): Uint8Array[];
  /** What is left when no more bytes come. */
  end(): Uint8Array[];
}

/** The decoder of a coding by its name; null for one that is left as it is. */
export function contentDecoder(coding: string): ContentDecoder | null {
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return gzipDecoder();
    case "deflate":
      return deflateDecoder();
    default:
      return null;
  }
}

function gzipDecoder(): ContentDecoder {
  const members = new GzipMembers({ problem: null });
  const read = (bytes: Uint8Array, isLast: boolean): Uint8Array[] => {
    if (members.isDone) return [];
    members.inflate.push(bytes, isLast);
    return [...members.read(isLast)];
  };
  return { push: (bytes) => read(bytes, false), end: () => read(new Uint8Array(0), true) };
}

/** With the header of zlib (RFC 1950), or without it as some servers send. */
function deflateDecoder(): ContentDecoder {
  const inflate = new Inflate();
  let hasBegun = false;
  let isDone = false;
  const read = (bytes: Uint8Array, isLast: boolean): Uint8Array[] => {
    if (isDone) return [];
    inflate.push(bytes, isLast);
    if (!hasBegun && inflate.rest.length < 2) return [];
    if (!hasBegun && isZlibHeader(inflate.rest)) inflate.skip(2);
    hasBegun = true;
    const pages: Uint8Array[] = [];
    for (;;) {
      const state = inflate.run();
      pages.push(inflate.take());
      isDone = state === inflateState.ended || state === inflateState.broken;
      if (state !== inflateState.pageIsFull) return pages;
    }
  };
  return { push: (bytes) => read(bytes, false), end: () => read(new Uint8Array(0), true) };
}

function isZlibHeader([method = 0, flags = 0]: Uint8Array): boolean {
  return (method & 15) === 8 && (method * 256 + flags) % 31 === 0;
}
