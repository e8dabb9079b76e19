// Order and equality of values of one kind.
import type { Value, ValueKind } from "./value-kind.ts";

const wordSize = 4_294_967_296;

/** Below 0 when the left value comes first, 0 when both are equal, above 0 otherwise. */
export function compareValues(kind: ValueKind, left: Value, right: Value): number {
  if (kind === "integer") return compareIntegers(left as number, right as number);
  if (left instanceof Uint8Array) return compareBytes(left, right as Uint8Array);
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * A negative constant stands for the unsigned number with the same bits, unless the other side is
 * negative too, which only arithmetic and signed fields make.
 */
function compareIntegers(left: number, right: number): number {
  if (right < 0 && left >= 0) return left - (right + wordSize);
  return left - right;
}

/** The shorter one comes first. */
export function compareBytes(left: Uint8Array, right: Uint8Array): number {
  if (left.length !== right.length) return left.length - right.length;
  for (let at = 0; at < left.length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Compares IPv4 addresses by their first `bits` bits. */
export function compareNetworks4(left: number, right: number, bits: number): number {
  if (bits === 0) return 0;
  const shift = 32 - bits;
  return (left >>> shift) - (right >>> shift);
}

/** Compares IPv6 addresses by their first `bits` bits. */
export function compareNetworks6(left: Uint8Array, right: Uint8Array, bits: number): number {
  for (let at = 0; at * 8 < bits; at++) {
    const mask = bits - at * 8 >= 8 ? 0xff : 0xff << (8 - (bits - at * 8));
    const difference = ((left[at] ?? 0) & mask) - ((right[at] ?? 0) & mask);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Where bytes begin in others; -1 when they do not, and for none at all. */
export function indexOfBytes(
  bytes: Uint8Array,
  wanted: Uint8Array,
  start = 0,
  end = bytes.length,
): number {
  const first = wanted[0];
  if (first === undefined) return -1;
  const last = end - wanted.length;
  for (
    let at = bytes.indexOf(first, start);
    at >= 0 && at <= last;
    at = bytes.indexOf(first, at + 1)
  ) {
    let length = 1;
    while (length < wanted.length && bytes[at + length] === wanted[length]) length++;
    if (length === wanted.length) return at;
  }
  return -1;
}
