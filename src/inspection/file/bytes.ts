// Reads of integers from bytes at an offset. The caller has checked that the bytes are there:
// what lies outside reads as 0, so a wrong caller gives a wrong value and never an exception.

export function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function uint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}

export function uint24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

/** Little-endian when `little`, otherwise network order. */
export function uint16In(bytes: Uint8Array, at: number, little: boolean): number {
  return little ? (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) : uint16(bytes, at);
}

/** Little-endian when `little`, otherwise network order. */
export function uint32In(bytes: Uint8Array, at: number, little: boolean): number {
  if (!little) return uint32(bytes, at);
  return (
    ((bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)) >>>
    0
  );
}
