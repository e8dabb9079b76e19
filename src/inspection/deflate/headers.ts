import { uint16In } from "../file/bytes.ts";

/** The longest member header that is believed: names and comments are a line. */
export const gzipHeaderSizeMax = 65_536;
export const zlibHeaderSizeBytes = 2;
const flag = { headerCrc: 2, extra: 4, name: 8, comment: 16 } as const;

/** Size of a gzip member's header (RFC 1952, 2.3); -1 when it is not all there, 0 when it is none. */
export function gzipHeaderSize(bytes: Uint8Array): number {
  if (bytes.length < 10) return bytes.length > gzipHeaderSizeMax ? 0 : -1;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8) return 0;
  const flags = bytes[3] ?? 0;
  let at = 10;
  if (flags & flag.extra) {
    if (bytes.length < at + 2) return -1;
    at += 2 + uint16In(bytes, at, true);
  }
  for (const text of [flag.name, flag.comment]) {
    if (!(flags & text)) continue;
    const zero = bytes.indexOf(0, at);
    if (zero < 0 || at > bytes.length) return bytes.length > gzipHeaderSizeMax ? 0 : -1;
    at = zero + 1;
  }
  if (flags & flag.headerCrc) at += 2;
  return at > bytes.length ? -1 : at;
}

/** True when the bytes begin with a header of zlib (RFC 1950, 2.2); a block of deflate may look like one. */
export function beginsWithZlibHeader(bytes: Uint8Array): boolean {
  const [method = 0, flags = 0] = bytes;
  return (
    bytes.length >= zlibHeaderSizeBytes && (method & 15) === 8 && (method * 256 + flags) % 31 === 0
  );
}
