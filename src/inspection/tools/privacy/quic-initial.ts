import { uint32 } from "../../file/bytes.ts";

const connectionIdSizeMax = 20;
const version1 = 1;
const version2 = 0x6b33_43cf;

/** Where the Initial packet ends that a datagram begins with (RFC 9000, 17.2.2; RFC 9369, 3.2); `at` when it has none. */
export function endOfInitial(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at] ?? 0;
  const version = uint32(bytes, at + 1);
  const initialType = version === version2 ? 1 : 0;
  const isVersion = version === version1 || version === version2;
  if (end - at < 7 || first >> 6 !== 3 || !isVersion || ((first >> 4) & 3) !== initialType)
    return at;
  let next = at + 5;
  for (let id = 0; id < 2; id++) {
    const size = bytes[next] ?? 0;
    if (size > connectionIdSizeMax) return at;
    next += 1 + size;
  }
  const tokenSize = numberAt(bytes, next);
  next += numberSize(bytes, next) + tokenSize;
  if (next >= end) return at;
  const last = next + numberSize(bytes, next) + numberAt(bytes, next);
  return last <= end ? last : at;
}

/** RFC 9000, 16. */
const numberSize = (bytes: Uint8Array, at: number): number => 1 << ((bytes[at] ?? 0) >> 6);

function numberAt(bytes: Uint8Array, at: number): number {
  let value = (bytes[at] ?? 0) & 0x3f;
  for (let index = 1; index < numberSize(bytes, at); index++)
    value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
