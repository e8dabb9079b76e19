// The Internet checksum, changed by what has changed (RFC 1624): one that was wrong stays wrong by as much.

/** The sum of the 16-bit words of a range, which begins on an even byte of what the checksum is of. */
export function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 2) {
    sum += ((bytes[at] ?? 0) << 8) | (at + 1 < to ? (bytes[at + 1] ?? 0) : 0);
  }
  return folded(sum);
}

/** Changes the checksum at `at` for words whose sum was `before` and is `after`. */
export function adjustChecksum(bytes: Uint8Array, at: number, before: number, after: number): void {
  if (before === after) return;
  const checksum = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const changed = ~folded((~checksum & 0xffff) + (~before & 0xffff) + after) & 0xffff;
  bytes[at] = changed >> 8;
  bytes[at + 1] = changed;
}

/** The same of UDP, where 0 says that there is none (RFC 768). */
export function adjustUdpChecksum(
  bytes: Uint8Array,
  at: number,
  before: number,
  after: number,
): void {
  if (bytes[at] === 0 && bytes[at + 1] === 0) return;
  adjustChecksum(bytes, at, before, after);
  if (bytes[at] !== 0 || bytes[at + 1] !== 0) return;
  bytes[at] = 0xff;
  bytes[at + 1] = 0xff;
}

export function folded(sum: number): number {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x1_0000);
  return rest;
}
