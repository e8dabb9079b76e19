// Which bits of an address say what kind it is. A mapping that never flips the bits on the way to a prefix
// maps the prefix to itself and everything else past it.

interface AddressClass {
  words: readonly number[];
  length: number;
  /** Nothing of such an address is flipped. */
  isKept: boolean;
}

const all = 128;
const wordBits = 32;
const class4 = (word: number, length: number, isKept = false): AddressClass => ({
  words: [word | 0],
  length,
  isKept,
});
const class6 = (words: readonly number[], length: number, isKept = false): AddressClass => ({
  words: words.map((word) => word | 0),
  length,
  isKept,
});

/** IANA's special-purpose addresses (RFC 6890), as far as they say who can be reached by them. */
const classes4: readonly AddressClass[] = [
  class4(0x0000_0000, 8, true),
  class4(0x0a00_0000, 8),
  class4(0x6440_0000, 10),
  class4(0x7f00_0000, 8, true),
  class4(0xa9fe_0000, 16),
  class4(0xac10_0000, 12),
  class4(0xc0a8_0000, 16),
  class4(0xe000_0000, 4, true),
  class4(0xffff_ffff, 32, true),
];

const classes6: readonly AddressClass[] = [
  class6([0, 0, 0, 0], 127, true),
  class6([0, 0, 0xffff, 0], 96),
  class6([0x0064_ff9b, 0, 0, 0], 96),
  class6([0xfc00_0000, 0, 0, 0], 7),
  class6([0xfe80_0000, 0, 0, 0], 10),
  class6([0xff00_0000, 0, 0, 0], 8),
];

/** How many leading bits of an IPv4 address stay. */
export const keptFlips4 = (address: number): number => keptBits([address], classes4);

/** The same of an IPv6 address, of which multicast is looked at by `multicastKept`. */
export const keptFlips6 = (address: Int32Array): number => keptBits(address, classes6);

function keptBits(address: ArrayLike<number>, classes: readonly AddressClass[]): number {
  let kept = 0;
  for (const { words, length, isKept } of classes) {
    const common = commonBits(address, words);
    if (isKept && common >= length) return all;
    kept = Math.max(kept, Math.min(common + 1, length));
  }
  return kept;
}

function commonBits(one: ArrayLike<number>, other: readonly number[]): number {
  for (let word = 0; word < other.length; word++) {
    const difference = (one[word] ?? 0) ^ (other[word] ?? 0);
    if (difference !== 0) return word * wordBits + Math.clz32(difference);
  }
  return other.length * wordBits;
}

/** Bits of a multicast address that stay: all, unless it is made of an address of a host or a network. */
export function multicastKept(address: Int32Array): number {
  const [first = 0, second, third, last = 0] = address;
  if (first >>> 24 !== 0xff) return 0;
  const isSolicited =
    first === 0xff02_0000 - 0x1_0000_0000 && second === 0 && third === 1 && last >>> 24 === 0xff;
  if (isSolicited) return 104;
  // The flag P: a prefix of the network is in it (RFC 3306, 4).
  return (first & 0x0020_0000) === 0 ? all : 16;
}

/** Clears the first `count` bits. */
export function clearFirst(flips: Int32Array, count: number): void {
  for (let word = 0; word < flips.length; word++) {
    const bits = count - word * wordBits;
    if (bits >= wordBits) flips[word] = 0;
    else if (bits > 0) flips[word] = (flips[word] ?? 0) & (-1 >>> bits);
  }
}
