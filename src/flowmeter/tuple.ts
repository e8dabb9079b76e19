// A flow's five values as bytes, so that they are compared and looked up whole:
//   source address 16 | destination address 16 | source port 2 | destination port 2 | protocol 1
// An IPv4 address is `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2); ports are in network order.

export const tupleSizeBytes = 37;
export const sourceAt = 0;
export const destinationAt = 16;
export const sourcePortAt = 32;
export const destinationPortAt = 34;
export const protocolAt = 36;
export const addressSizeBytes = 16;

/** IANA's protocol numbers; of all of them Azure logs these two. */
export const protocolTcp = 6;
export const protocolUdp = 17;

export const isLoggedProtocol = (protocol: number): boolean =>
  protocol === protocolTcp || protocol === protocolUdp;

/** Copies an address of 4 or 16 bytes to `at`, as 16 bytes. */
export function putAddress(
  to: Uint8Array,
  at: number,
  { bytes, offset, sizeBytes }: { bytes: Uint8Array; offset: number; sizeBytes: 4 | 16 },
): void {
  const pad = addressSizeBytes - sizeBytes;
  if (pad > 0) {
    to.fill(0, at, at + 10);
    to[at + 10] = 0xff;
    to[at + 11] = 0xff;
  }
  for (let index = 0; index < sizeBytes; index++) to[at + pad + index] = bytes[offset + index] ?? 0;
}

/** The first bytes of others, in memory of their own (a Buffer's `slice` shares it). */
export const copied = (bytes: Uint8Array, sizeBytes: number): Uint8Array =>
  new Uint8Array(bytes.subarray(0, sizeBytes));

/** The same flow seen from its other end. */
export function reversedTuple(tuple: Uint8Array): Uint8Array {
  const reversed = new Uint8Array(tupleSizeBytes);
  reversed.set(tuple.subarray(destinationAt, sourcePortAt), sourceAt);
  reversed.set(tuple.subarray(sourceAt, destinationAt), destinationAt);
  reversed.set(tuple.subarray(destinationPortAt, protocolAt), sourcePortAt);
  reversed.set(tuple.subarray(sourcePortAt, destinationPortAt), destinationPortAt);
  reversed[protocolAt] = tuple[protocolAt] ?? 0;
  return reversed;
}

/** Bytes as a string of as many characters: a key for maps. */
export function bytesKey(bytes: Uint8Array, from: number, to: number): string {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString("latin1", from, to);
}
