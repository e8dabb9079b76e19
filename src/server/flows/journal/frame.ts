import { crc32 } from "node:zlib";

/** Length and checksum before each entry. */
export const frameHeadSizeBytes = 8;
/** A larger one was not written by us. */
export const entrySizeBytesMax = 32 << 20;

/** An entry as it lies in a segment: its length, its checksum, its bytes. */
export function frameOf(entry: Uint8Array): Uint8Array {
  const framed = new Uint8Array(frameHeadSizeBytes + entry.length);
  const view = new DataView(framed.buffer);
  view.setUint32(0, entry.length, true);
  view.setUint32(4, crc32(entry), true);
  framed.set(entry, frameHeadSizeBytes);
  return framed;
}

export interface ReadEntry {
  /** Where its frame begins and where the next one does. */
  readonly offset: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Whole entries from the beginning of `bytes`, which lies at `offset` of its segment; a torn one ends them. */
export function readFrames(bytes: Uint8Array, offset: number): ReadEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: ReadEntry[] = [];
  for (let at = 0; at + frameHeadSizeBytes <= bytes.length;) {
    const length = view.getUint32(at, true);
    const end = at + frameHeadSizeBytes + length;
    if (length > entrySizeBytesMax || end > bytes.length) break;
    const entry = bytes.subarray(at + frameHeadSizeBytes, end);
    if (crc32(entry) !== view.getUint32(at + 4, true)) break;
    entries.push({ offset: offset + at, end: offset + end, bytes: entry });
    at = end;
  }
  return entries;
}
