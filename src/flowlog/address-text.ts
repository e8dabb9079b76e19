import { wordsPerAddress } from "./address-words.ts";

const groupsPerAddress = 8;

/** The address of a row as text: IPv4 with dots, IPv6 as RFC 5952 wants it. */
export const addressText = (words: Uint32Array, row: number): string =>
  formatAddress(words, row * wordsPerAddress);

/** The address in the four words at `at`, as text. */
export function formatAddress(words: Uint32Array, at: number): string {
  const [a = 0, b = 0, c = 0, d = 0] = words.subarray(at, at + wordsPerAddress);
  if (a === 0 && b === 0 && c === 0xffff)
    return `${d >>> 24}.${(d >>> 16) & 255}.${(d >>> 8) & 255}.${d & 255}`;
  const groups = [a, b, c, d].flatMap((word) => [word >>> 16, word & 0xffff]);
  const texts = groups.map((group) => group.toString(16));
  const { start, length } = longestZeros(groups);
  if (length < 2) return texts.join(":");
  return `${texts.slice(0, start).join(":")}::${texts.slice(start + length).join(":")}`;
}

/** The first of the longest runs of zero groups (RFC 5952, 4.2.3). */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < groupsPerAddress; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > longest.length) longest = { start, length };
  }
  return longest;
}
