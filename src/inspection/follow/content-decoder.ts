import { GzipMembers } from "../deflate/gunzip.ts";
import { beginsWithZlibHeader, zlibHeaderSizeBytes } from "../deflate/headers.ts";
import { Inflate, inflateState } from "../deflate/inflate.ts";

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
    if (!hasBegun && inflate.rest.length < zlibHeaderSizeBytes) return [];
    if (!hasBegun && beginsWithZlibHeader(inflate.rest)) inflate.skip(zlibHeaderSizeBytes);
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
