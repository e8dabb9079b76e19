// What the symbols of deflate's blocks mean (RFC 1951, 3.2.5 to 3.2.7).
import { huffmanTable, type HuffmanTable } from "./huffman.ts";

export const matchSizeMax = 258;
/** Codes that a block may describe. */
export const literalCountMax = 286;
export const distanceCountMax = 30;

/** The order in which the lengths of the codes of code lengths come. */
export const codeOrder = Uint8Array.from([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);
export const lengthExtraBits = Uint8Array.from([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
export const distanceExtraBits = Uint8Array.from([
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
]);
export const lengthBases = Uint16Array.of(
  ...bases(lengthExtraBits.subarray(0, 28), 3),
  matchSizeMax,
);
export const distanceBases = bases(distanceExtraBits, 1);

export const fixedLiterals = tableOf([
  [144, 8],
  [112, 9],
  [24, 7],
  [8, 8],
]);
export const fixedDistances = tableOf([[30, 5]]);

function bases(extraBits: Uint8Array, first: number): Uint16Array {
  let next = first;
  return Uint16Array.from(extraBits, (bits) => {
    const base = next;
    next += 1 << bits;
    return base;
  });
}

function tableOf(runs: readonly (readonly [number, number])[]): HuffmanTable {
  const lengths = Uint8Array.from(runs.flatMap(([count, bits]) => Array<number>(count).fill(bits)));
  const table = huffmanTable(lengths);
  if (table === null) throw new RangeError("fixed codes are too many");
  return table;
}
