// Text protocols read from bytes: no string is made of what is only compared.
const lineFeed = 10;
const carriageReturn = 13;

/** Where a line ends, and where the next one begins; `end` is -1 when the end has not come. */
export interface LineEnd {
  end: number;
  next: number;
}

/**
 * Finds the end of the line at `at`: a line feed, a carriage return with a line feed, or a carriage return
 * alone. A carriage return in the last place may still get its line feed: then, and without any, there is no end.
 */
export function findLineEnd(bytes: Uint8Array, at: number, limit: number, found: LineEnd): boolean {
  for (let index = at; index < limit; index++) {
    const byte = bytes[index] ?? 0;
    // Nearly all bytes are above both, and cost one comparison.
    if (byte > carriageReturn || (byte !== lineFeed && byte !== carriageReturn)) continue;
    if (byte === carriageReturn && index + 1 >= limit) break;
    found.end = index;
    found.next = byte === carriageReturn && bytes[index + 1] === lineFeed ? index + 2 : index + 1;
    return true;
  }
  found.end = -1;
  found.next = limit;
  return false;
}

/** True when these bytes are at `at`, whatever the case of the letters; `lower` is in small letters. */
export function isTextAt(bytes: Uint8Array, at: number, end: number, lower: string): boolean {
  if (at + lower.length > end) return false;
  for (let index = 0; index < lower.length; index++) {
    const byte = bytes[at + index] ?? 0;
    const small = byte >= 65 && byte <= 90 ? byte + 32 : byte;
    if (small !== lower.charCodeAt(index)) return false;
  }
  return true;
}

/** True when exactly these bytes are at `at`. */
export function isExactTextAt(bytes: Uint8Array, at: number, end: number, text: string): boolean {
  if (at + text.length > end) return false;
  for (let index = 0; index < text.length; index++)
    if (bytes[at + index] !== text.charCodeAt(index)) return false;
  return true;
}

const visibleCount = 4;

/** True when the first characters, of which there are enough, are visible: as text begins. */
export function beginsAsText(bytes: Uint8Array, at: number, end: number): boolean {
  if (end - at < visibleCount) return false;
  for (let index = at; index < at + visibleCount; index++) {
    const byte = bytes[index] ?? 0;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}

const decoder = new TextDecoder("latin1");

/** The text between two offsets, one character a byte. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

export function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9;
}

/** The value of a hexadecimal digit, -1 when it is none. */
export function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
