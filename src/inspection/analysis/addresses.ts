import { uint16, uint32 } from "../file/bytes.ts";
import type { JsonBytes } from "../json-bytes.ts";
import { Ipv4Numbers } from "./ipv4-numbers.ts";
import { KeyTable } from "./key-table.ts";

/** Different addresses of one capture; packets of further ones count in no table of addresses. */
const addressCountMax = 4_000_000;

/** Addresses that are found at their place, without a look into the table. */
const recentCount = 1_024;
const recentWords = 5;

/** Kind and four words of an address; of IPv4 the first alone. */
const addressWords = 5;

/** Numbers IPv4 and IPv6 addresses, so that all other tables are keyed by small numbers. */
export class Addresses {
  readonly #ipv4 = new Ipv4Numbers();
  readonly #ipv6 = new KeyTable(4, addressCountMax);
  /** The numbers of IPv6 addresses, by their place in their table. */
  #ipv6Numbers = new Int32Array(256);
  /** Of each number the address. */
  #words = new Int32Array(addressWords * 512);
  #count = 0;
  /** Four words of an IPv6 address and its number plus one. */
  readonly #recent = new Int32Array(recentCount * recentWords);

  /** The number of the IPv4 address of these 32 bits; -1 when there are too many. */
  ipv4(bits: number): number {
    const whole = bits | 0;
    const known = this.#ipv4.find(whole);
    if (known >= 0 || this.#count >= addressCountMax) return known;
    const number = this.#nextNumber();
    this.#words[number * addressWords] = 4;
    this.#words[number * addressWords + 1] = whole;
    this.#ipv4.add(whole, number);
    return number;
  }

  ipv6(bytes: Uint8Array, at: number): number {
    const first = uint32(bytes, at) | 0;
    const second = uint32(bytes, at + 4) | 0;
    const third = uint32(bytes, at + 8) | 0;
    const fourth = uint32(bytes, at + 12) | 0;
    const recent = this.#recent;
    const mixed = Math.imul(first ^ second ^ third ^ fourth, 0x9e3779b1);
    const place = (mixed >>> 22) * recentWords;
    if (
      recent[place] === first &&
      recent[place + 1] === second &&
      recent[place + 2] === third &&
      recent[place + 3] === fourth &&
      recent[place + 4] !== 0
    )
      return (recent[place + 4] ?? 0) - 1;
    const { key } = this.#ipv6;
    key[0] = first;
    key[1] = second;
    key[2] = third;
    key[3] = fourth;
    const number = this.#numberOfKey();
    // Where there are too many, this is 0, and the table is asked again.
    for (let word = 0; word < 4; word++) recent[place + word] = key[word] ?? 0;
    recent[place + 4] = number + 1;
    return number;
  }

  /** The number of the IPv6 address that the table's key is. */
  #numberOfKey(): number {
    const table = this.#ipv6;
    const known = table.find();
    if (known >= 0) return this.#ipv6Numbers[known] ?? 0;
    if (this.#count >= addressCountMax) return -1;
    const place = table.findOrAdd();
    const number = this.#nextNumber();
    if (place >= this.#ipv6Numbers.length) this.#ipv6Numbers = doubled(this.#ipv6Numbers);
    this.#ipv6Numbers[place] = number;
    const at = number * addressWords;
    this.#words[at] = 6;
    for (let word = 0; word < 4; word++) this.#words[at + 1 + word] = table.key[word] ?? 0;
    return number;
  }

  #nextNumber(): number {
    const number = this.#count++;
    if (this.#count * addressWords > this.#words.length) this.#words = doubled(this.#words);
    return number;
  }

  get count(): number {
    return this.#count;
  }

  text(index: number): string {
    if (this.#word(index, 0) === 4) return ipv4Text(this.#word(index, 1));
    const words = Uint8Array.from({ length: 16 }, (_, byte) => {
      const word = this.#word(index, 1 + (byte >> 2));
      return (word >>> (24 - 8 * (byte & 3))) & 0xff;
    });
    return ipv6Text(words);
  }

  /** Writes what `text` gives. */
  write(index: number, out: JsonBytes): void {
    const first = this.#word(index, 1);
    if (this.#word(index, 0) === 4) out.ipv4(first);
    else out.ipv6(first, this.#word(index, 2), this.#word(index, 3), this.#word(index, 4));
  }

  #word(index: number, word: number): number {
    return this.#words[index * addressWords + word] ?? 0;
  }
}

function doubled(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(numbers.length * 2);
  grown.set(numbers);
  return grown;
}

/** Dotted decimals of an address's 32 bits. */
export function ipv4Text(bits: number): string {
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

/** RFC 5952; an IPv4-mapped address ends in dotted decimals, as inet_ntop writes it. */
export function ipv6Text(address: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) => uint16(address, index * 2));
  const { start, length } = longestZeros(groups);
  const mapped =
    start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff) || length === 7);
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(":");
  if (mapped && length !== 7)
    return `::${length === 5 ? "ffff:" : ""}${address.subarray(12).join(".")}`;
  if (length < 2) return hex(0, 8);
  return `${hex(0, start)}::${hex(start + length, 8)}`;
}

/** Where most zeros follow each other in an address's groups of 16 bits, the first of equals. */
export function longestZeros(groups: ArrayLike<number>): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (end < groups.length && groups[end] === 0) end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}
