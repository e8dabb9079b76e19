import { uint16 } from "../../file/bytes.ts";
import type { KnownTexts } from "../known-texts.ts";

const labelCountMax = 128;
const nameSizeMax = 255;

const scratch = new Uint8Array(nameSizeMax);
/** How each byte of a name is shown: letters are small, what does not print is a question mark. */
const shown = Uint8Array.from({ length: 256 }, (_, byte) => shownAs(byte));

/**
 * The name at `at` of a message that begins at `start` (RFC 1035, 4.1.4), in small letters, with dots;
 * what does not print is a question mark.
 */
export function dnsName(
  texts: KnownTexts,
  bytes: Uint8Array,
  at: number,
  { start, end }: { start: number; end: number },
): string {
  return texts.of(scratch, 0, normalize(bytes, at, start, end));
}

/** Writes the name into `scratch`; its size. */
function normalize(bytes: Uint8Array, first: number, start: number, end: number): number {
  let at = first;
  let size = 0;
  for (let count = 0; count < labelCountMax && at < end && size < nameSizeMax; count++) {
    const length = bytes[at] ?? 0;
    if (length === 0) break;
    if (length >= 0xc0) {
      at = start + (uint16(bytes, at) & 0x3fff);
      continue;
    }
    if (size > 0) scratch[size++] = 46;
    const last = Math.min(end, at + 1 + length);
    for (let index = at + 1; index < last && size < nameSizeMax; index++)
      scratch[size++] = shown[bytes[index] ?? 0] ?? 0;
    at += 1 + length;
  }
  return size;
}

function shownAs(byte: number): number {
  if (byte >= 65 && byte <= 90) return byte + 32;
  return byte > 0x20 && byte < 0x7f ? byte : 63;
}
