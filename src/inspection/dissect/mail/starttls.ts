/** True when a record of TLS begins here: a type, and version 3 of SSL or one after it. */
export function isTlsRecord(bytes: Uint8Array, at: number, end: number): boolean {
  const type = bytes[at] ?? 0;
  return end - at >= 3 && type >= 20 && type <= 24 && bytes[at + 1] === 3;
}
