import { wordsPerAddress } from "../../flowlog/address-words.ts";
import type { PrefixList } from "./prefix-list.ts";

const digitCount = 65_536;

/**
 * The list's entries by first address, wider prefixes first, equal ones as they were given: a radix
 * sort from the last digit of 16 bits to the first, because a comparing sort of millions would hold up
 * everything else for seconds.
 */
export function orderPrefixes({ words, lengths, count }: PrefixList): Uint32Array {
  let order: Uint32Array = Uint32Array.from({ length: count }, (_, index) => index);
  let spare: Uint32Array = new Uint32Array(count);
  const digits = new Uint16Array(count);
  for (let pass = 0; pass <= 2 * wordsPerAddress; pass++) {
    if (pass === 0) digits.set(lengths.subarray(0, count));
    else readDigits(words, digits, pass - 1);
    if (!sortByDigits(digits, order, spare)) continue;
    [order, spare] = [spare, order];
  }
  return order;
}

/** The digit `place` of each address; 0 is the last 16 bits. */
function readDigits(words: Uint32Array, digits: Uint16Array, place: number): void {
  const word = wordsPerAddress - 1 - (place >> 1);
  const shift = place % 2 === 0 ? 0 : 16;
  for (let index = 0; index < digits.length; index++)
    digits[index] = (words[index * wordsPerAddress + word] ?? 0) >>> shift;
}

/** False when all digits are the same, and nothing was to be moved. */
function sortByDigits(digits: Uint16Array, from: Uint32Array, to: Uint32Array): boolean {
  const ends = new Uint32Array(digitCount);
  for (const digit of digits) ends[digit] = (ends[digit] ?? 0) + 1;
  if (ends[digits[0] ?? 0] === digits.length) return false;
  for (let digit = 1; digit < digitCount; digit++)
    ends[digit] = (ends[digit] ?? 0) + (ends[digit - 1] ?? 0);
  for (let index = from.length - 1; index >= 0; index--) {
    const entry = from[index] ?? 0;
    const digit = digits[entry] ?? 0;
    const place = (ends[digit] ?? 0) - 1;
    ends[digit] = place;
    to[place] = entry;
  }
  return true;
}
