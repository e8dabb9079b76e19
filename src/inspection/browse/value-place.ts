// Where in a layer a value lies that a function read: told only where there is one place that it can be.
import type { Layer } from "../dissect/frame.ts";
import type { Value } from "../filter/value-kind.ts";

/** Larger layers are not searched. */
const layerSizeBytesMax = 65_536;
/** Shorter texts are found by chance. */
const textSizeBytesMin = 3;

const encoder = new TextEncoder();

export function valuePlace(layer: Layer, value: Value): { start: number; end: number } | null {
  if (layer.start < 0) return null;
  if (value instanceof Uint8Array) return placeOfPart(layer, value);
  if (typeof value !== "string") return null;
  const bytes = encoder.encode(value);
  if (bytes.length < textSizeBytesMin || layer.end - layer.start > layerSizeBytesMax) return null;
  const start = findOnce(layer, bytes);
  return start < 0 ? null : { start, end: start + bytes.length };
}

/** Bytes that are a part of the layer's own. */
function placeOfPart(
  { bytes, start, end }: Layer,
  part: Uint8Array,
): { start: number; end: number } | null {
  if (part.buffer !== bytes.buffer || part.length === 0) return null;
  const at = part.byteOffset - bytes.byteOffset;
  return at >= start && at + part.length <= end ? { start: at, end: at + part.length } : null;
}

/** -1 where it is not there, or more than once. */
function findOnce({ bytes, start, end }: Layer, wanted: Uint8Array): number {
  const [first = 0] = wanted;
  let found = -1;
  for (let at = bytes.indexOf(first, start); at >= 0 && at + wanted.length <= end;) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) {
      if (found >= 0) return -1;
      found = at;
    }
    at = bytes.indexOf(first, at + 1);
  }
  return found;
}
