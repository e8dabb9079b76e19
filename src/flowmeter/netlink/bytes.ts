// Numbers in netlink messages. Headers are in the host's byte order, which is little-endian wherever
// this runs (`netlink/socket.ts` refuses others); netfilter's values are in network order.

export const uint16 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);

export const uint32 = (bytes: Uint8Array, at: number): number =>
  (uint16(bytes, at) | (uint16(bytes, at + 2) << 16)) >>> 0;

export const networkUint16 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

export const networkUint32 = (bytes: Uint8Array, at: number): number =>
  ((networkUint16(bytes, at) << 16) | networkUint16(bytes, at + 2)) >>> 0;

/** Exact up to 2^53, which is eight petabytes. */
export const networkUint64 = (bytes: Uint8Array, at: number): number =>
  networkUint32(bytes, at) * 4_294_967_296 + networkUint32(bytes, at + 4);
