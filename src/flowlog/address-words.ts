/** 32-bit words of one address: IPv6, and IPv4 as `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2). */
export const wordsPerAddress = 4;

/** Room for so many addresses, all `::`. */
export function createAddressWords(addressCount: number): Uint32Array {
  return new Uint32Array(addressCount * wordsPerAddress);
}
