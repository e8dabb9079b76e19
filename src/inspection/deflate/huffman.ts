/** Bits of the longest code (RFC 1951, 3.2.7). */
export const codeLengthMax = 15;
/** Bits of the longest code that is looked up; longer ones are rare, and would make a table costly to build. */
const lookUpBitsMax = 10;

/** Decodes canonical codes: short ones by one look-up, others by their order. */
export interface HuffmanTable {
  /**
   * Indexed by the next `bits` bits of the input: the symbol shifted left by four, and the code's length;
   * 0 where there is no code, or a longer one.
   */
  readonly entries: Uint16Array;
  readonly bits: number;
  /** How many codes there are of each length. */
  readonly counts: Uint16Array;
  /** Symbols in the order of their codes. */
  readonly symbols: Uint16Array;
}

/** Builds the table of canonical codes from their lengths (RFC 1951, 3.2.2); null when there are too many. */
export function huffmanTable(lengths: Uint8Array): HuffmanTable | null {
  const counts = new Uint16Array(codeLengthMax + 1);
  for (const length of lengths) if (length > 0) counts[length] = (counts[length] ?? 0) + 1;
  const codes = new Uint16Array(codeLengthMax + 2);
  const places = new Uint16Array(codeLengthMax + 2);
  let bits = 1;
  let left = 1;
  for (let length = 1; length <= codeLengthMax; length++) {
    const count = counts[length] ?? 0;
    left = left * 2 - count;
    if (left < 0) return null;
    codes[length + 1] = ((codes[length] ?? 0) + count) << 1;
    places[length + 1] = (places[length] ?? 0) + count;
    if (count > 0) bits = length;
  }
  const table: HuffmanTable = {
    entries: new Uint16Array(1 << Math.min(bits, lookUpBitsMax)),
    bits: Math.min(bits, lookUpBitsMax),
    counts,
    symbols: new Uint16Array(lengths.length),
  };
  fill(table, lengths, codes, places);
  return table;
}

/** `codes` and `places` are those of the next symbol of each length. */
function fill(
  { entries, bits, symbols }: HuffmanTable,
  lengths: Uint8Array,
  codes: Uint16Array,
  places: Uint16Array,
): void {
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol] ?? 0;
    if (length === 0) continue;
    const code = codes[length] ?? 0;
    codes[length] = code + 1;
    const place = places[length] ?? 0;
    places[length] = place + 1;
    symbols[place] = symbol;
    if (length > bits) continue;
    for (let at = reversed(code, length); at < entries.length; at += 1 << length)
      entries[at] = (symbol << 4) | length;
  }
}

/** The entry of a code that is too long to be looked up, which `input` begins with; 0 when there is none. */
export function longEntry({ counts, symbols }: HuffmanTable, input: number): number {
  let code = 0;
  let first = 0;
  let place = 0;
  for (let length = 1; length <= codeLengthMax; length++) {
    code = (code << 1) | ((input >>> (length - 1)) & 1);
    const count = counts[length] ?? 0;
    if (code - first < count) return ((symbols[place + code - first] ?? 0) << 4) | length;
    place += count;
    first = (first + count) << 1;
  }
  return 0;
}

/** Codes are packed from their most significant bit on, everything else from the least. */
function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) result |= ((code >> bit) & 1) << (length - 1 - bit);
  return result;
}
