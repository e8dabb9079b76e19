import { isIPv4, isIPv6 } from "node:net";
import { wordsPerAddress } from "../../flowlog/address-words.ts";

/** The third word of an IPv4 address in four words: `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2). */
const mappedWord = 0xffff;
const groupCount = 8;

/** Bits that stand before an IPv4 prefix's own in the space of 128. */
export const mappedBits = 96;

/** Whether the four words at `at` are those of an IPv4 address. */
export function isIpv4At(words: Uint32Array, at: number): boolean {
  return words[at + 2] === mappedWord && words[at + 1] === 0 && words[at] === 0;
}

/**
 * Writes the address that `text` says into four words at `at`; false for what is no address. An
 * IPv4-mapped IPv6 address is the IPv4 address. A zone (`%eth0`) and zeros before a decimal are refused.
 */
export function readAddress(text: string, words: Uint32Array, at: number): boolean {
  if (isIPv4(text)) return readIpv4(text, words, at);
  if (!isIPv6(text) || text.includes("%")) return false;
  const groups = groupsOf(text);
  for (let index = 0; index < wordsPerAddress; index++)
    words[at + index] = (groups[2 * index] ?? 0) * 65_536 + (groups[2 * index + 1] ?? 0);
  return true;
}

function readIpv4(text: string, words: Uint32Array, at: number): true {
  let value = 0;
  let part = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 46) {
      value = value * 256 + part;
      part = 0;
    } else part = part * 10 + code - 48;
  }
  words[at] = 0;
  words[at + 1] = 0;
  words[at + 2] = mappedWord;
  words[at + 3] = value * 256 + part;
  return true;
}

function groupsOf(text: string): number[] {
  const [head = "", tail] = text.split("::");
  const before = groupNumbers(head);
  const after = groupNumbers(tail ?? "");
  const zeros = Array.from({ length: groupCount - before.length - after.length }, () => 0);
  return [...before, ...zeros, ...after];
}

function groupNumbers(text: string): number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
