import type { Field, FieldType, FieldValue } from "./field.ts";
import type { Layer } from "./frame.ts";

/** A field of at most one value, which a function takes from the layer. */
export function computed(
  type: FieldType,
  description: string,
  read: (layer: Layer) => FieldValue | null,
): Field {
  return {
    type,
    description,
    read(layer, add) {
      if (layer.start < 0) return;
      const value = read(layer);
      if (value !== null) add(value);
    },
  };
}

/** A field that reads as `field` does, where a condition on the layer holds. */
export function when(condition: (layer: Layer) => boolean, field: Field): Field {
  const { at, type, description } = field;
  const place = typeof at === "number" ? at : 0;
  return {
    type,
    ...(description !== undefined && { description }),
    read(layer, add) {
      if (layer.start < 0 || !condition(layer)) return;
      if (field.read) field.read(layer, add);
      else readAt(layer, place, field, add);
    },
  };
}

const sizesBytes: Partial<Record<FieldType, number>> = {
  boolean: 1,
  uint8: 1,
  uint16: 2,
  uint24: 3,
  uint32: 4,
  ipv4: 4,
  ipv6: 16,
  ether: 6,
};

/** Adds the value of a field at an offset within the layer, if all of its bytes are there. */
export function readAt(
  { bytes, start, end }: Layer,
  offset: number,
  { type, mask, sizeBytes }: Pick<Field, "type" | "mask" | "sizeBytes">,
  add: (value: FieldValue) => void,
): void {
  const size = sizeBytes ?? sizesBytes[type] ?? 0;
  const at = start + offset;
  if (at + size > end) return;
  if (type === "bytes" || type === "ipv4" || type === "ipv6" || type === "ether") {
    add(bytes.subarray(at, at + size));
    return;
  }
  let value = 0;
  for (let index = 0; index < size; index++) value = value * 256 + (bytes[at + index] ?? 0);
  add(mask === undefined ? value : (value & mask) >>> (31 - Math.clz32(mask & -mask)));
}

/** The Internet checksum over bytes (RFC 1071): 0 when they hold a right one. */
export function internetChecksum(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  for (let at = start; at < end; at += 2)
    sum += ((bytes[at] ?? 0) << 8) | (at + 1 < end ? (bytes[at + 1] ?? 0) : 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65_536);
  return ~sum & 0xffff;
}
