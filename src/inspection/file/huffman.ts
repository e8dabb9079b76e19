/** Bits of the longest code (RFC 1951, 3.2.7). */
export const codeLengthMax = 15;

/**
 * A table that decodes one code by one look-up: indexed by the next `bits` bits of the input, each entry
 * is the symbol shifted left by four, and the code's length; 0 is no code.
 */
export interface HuffmanTable {
  readonly entries: Uint16Array;
  readonly bits: number;
}

/** Builds the table of canonical codes from their lengths (RFC 1951, 3.2.2); null when there are too many. */
export function huffmanTable(lengths: Uint8Array): HuffmanTable | null {
  const counts = new Uint16Array(codeLengthMax + 1);
  for (const length of lengths) if (length > 0) counts[length] = (counts[length] ?? 0) + 1;
  const next = new Uint16Array(codeLengthMax + 2);
  let bits = 1;
  let left = 1;
  for (let length = 1; length <= codeLengthMax; length++) {
    const count = counts[length] ?? 0;
    left = left * 2 - count;
    if (left < 0) return null;
    next[length + 1] = ((next[length] ?? 0) + count) << 1;
    if (count > 0) bits = length;
  }
  const entries = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] ?? 0;
    if (length === 0) continue;
    const code = next[length] ?? 0;
    next[length] = code + 1;
    for (let at = reversed(code, length); at < entries.length; at += 1 << length)
      entries[at] = (symbol << 4) | length;
  }
  return { entries, bits };
}

/** Codes are packed from their most significant bit on, everything else from the least. */
function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) result |= ((code >> bit) & 1) << (length - 1 - bit);
  return result;
}
