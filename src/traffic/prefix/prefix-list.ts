import { wordsPerAddress } from "../../flowlog/address-words.ts";
import { formatAddress } from "../../flowlog/address-text.ts";
import { isIpv4At, mappedBits, readAddress } from "./address-text.ts";

/** Prefixes of one table; more are refused. */
export const prefixCountMax = 8_000_000;

const firstCapacity = 64;

/** Prefixes as columns: four words an address, and a length in the space of 128 bits. */
export interface PrefixList {
  count: number;
  words: Uint32Array;
  lengths: Uint8Array;
}

export function createPrefixList(): PrefixList {
  return {
    count: 0,
    words: new Uint32Array(firstCapacity * wordsPerAddress),
    lengths: new Uint8Array(firstCapacity),
  };
}

export type PrefixProblem = "not an address or prefix" | "too many prefixes";

/**
 * Adds `192.0.2.4`, `192.0.2.0/24` or the like of IPv6; what stands behind the prefix's length is
 * made zero. Null when it was added, as the entry `count - 1`.
 */
export function addPrefix(list: PrefixList, text: string): PrefixProblem | null {
  if (list.count >= prefixCountMax) return "too many prefixes";
  reserve(list);
  const slash = text.indexOf("/");
  const at = list.count * wordsPerAddress;
  const address = slash < 0 ? text : text.slice(0, slash);
  if (!readAddress(address, list.words, at)) return "not an address or prefix";
  const length = slash < 0 ? 128 : readLength(text.slice(slash + 1), list.words, at);
  // An IPv4-mapped address with a length under 96 would be a prefix of both versions.
  if (length < 0 || (isIpv4At(list.words, at) && length < mappedBits))
    return "not an address or prefix";
  maskWords(list.words, at, length);
  list.lengths[list.count] = length;
  list.count++;
  return null;
}

/** In the space of 128 bits; -1 for what is no length. */
function readLength(text: string, words: Uint32Array, at: number): number {
  if (!/^\d{1,3}$/.test(text)) return -1;
  const length = Number(text) + (isIpv4At(words, at) ? mappedBits : 0);
  return length > 128 ? -1 : length;
}

function reserve(list: PrefixList): void {
  const capacity = list.lengths.length;
  if (list.count < capacity) return;
  const words = new Uint32Array(2 * capacity * wordsPerAddress);
  words.set(list.words);
  const lengths = new Uint8Array(2 * capacity);
  lengths.set(list.lengths);
  list.words = words;
  list.lengths = lengths;
}

/** Makes the bits behind the first `length` of the four words at `at` zero. */
export function maskWords(words: Uint32Array, at: number, length: number): void {
  for (let index = 0; index < wordsPerAddress; index++) {
    const word = words[at + index] ?? 0;
    words[at + index] = word & wordMask(length - 32 * index);
  }
}

/** A word whose first `bitCount` bits are set; all for 32 and more, none for 0 and less. */
export function wordMask(bitCount: number): number {
  if (bitCount >= 32) return 0xffff_ffff;
  return bitCount <= 0 ? 0 : (0xffff_ffff << (32 - bitCount)) >>> 0;
}

/** The prefix as it is usually written; a single address without its length. */
export function formatPrefix(list: PrefixList, index: number): string {
  const at = index * wordsPerAddress;
  const address = formatAddress(list.words, at);
  const length = list.lengths[index] ?? 0;
  if (length === 128) return address;
  return `${address}/${isIpv4At(list.words, at) ? length - mappedBits : length}`;
}

export function isIpv4Prefix(list: PrefixList, index: number): boolean {
  return (list.lengths[index] ?? 0) >= mappedBits && isIpv4At(list.words, index * wordsPerAddress);
}

/** Whether the four words at `at` begin with the prefix; of one version only when the caller sees to it. */
export function prefixHolds(
  list: PrefixList,
  index: number,
  words: Uint32Array,
  at: number,
): boolean {
  const length = list.lengths[index] ?? 0;
  for (let word = 0; word < wordsPerAddress && 32 * word < length; word++) {
    const difference = (list.words[index * wordsPerAddress + word] ?? 0) ^ (words[at + word] ?? 0);
    if ((difference & wordMask(length - 32 * word)) !== 0) return false;
  }
  return true;
}
