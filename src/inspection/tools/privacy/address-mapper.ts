import { encryptBlock, expandKey } from "../../dissect/web/aes-128.ts";
import { uint32 } from "../../file/bytes.ts";
import { clearFirst, keptFlips4, keptFlips6, multicastKept } from "./address-classes.ts";

/** Bytes of a key: the half that encrypts, and the half that the padding is made of. */
export const privacyKeySizeBytes = 32;
const cacheSlotCount4 = 65_536;
const cacheSlotCount6 = 8_192;
const cachedMacCountMax = 4_096;
const wordBits = 32;
const wordCount6 = 4;

/**
 * Maps addresses to others so that two of one network are again of one network, by a key: Crypto-PAn
 * (Xu, Fan, Ammar and Moon, "Prefix-Preserving IP Address Anonymization", 2002). An address that says what
 * kind it is (private, link-local, loopback, multicast) stays of that kind unless `keepsClasses` is false;
 * bits above such a prefix are never flipped, so the mapping stays one to one.
 */
export class AddressMapper {
  readonly #keys: Int32Array;
  readonly #pad = new Int32Array(wordCount6);
  readonly #keepsClasses: boolean;
  readonly #block = new Int32Array(wordCount6);
  readonly #address = new Int32Array(wordCount6);
  readonly #flips = new Int32Array(wordCount6);
  readonly #slots4 = new Int32Array(cacheSlotCount4 * 3);
  readonly #slots6 = new Int32Array(cacheSlotCount6 * 9);
  readonly #macs = new Map<number, number>();

  constructor(key: Uint8Array, keepsClasses = true) {
    if (key.length !== privacyKeySizeBytes) throw new RangeError("a key has 32 bytes");
    this.#keepsClasses = keepsClasses;
    const words = new Int32Array(privacyKeySizeBytes / 4);
    for (let index = 0; index < words.length; index++) words[index] = uint32(key, index * 4);
    this.#keys = expandKey(words);
    this.#pad.set(words.subarray(wordCount6));
    encryptBlock(this.#keys, this.#pad);
  }

  /** Maps the four bytes at `at` in place. */
  map4(bytes: Uint8Array, at: number): void {
    const address = uint32(bytes, at) | 0;
    const slots = this.#slots4;
    const slot = ((Math.imul(address, 0x9e37_79b1) >>> 16) % cacheSlotCount4) * 3;
    if (slots[slot] !== 1 || slots[slot + 1] !== address) {
      this.#address.set(this.#pad);
      this.#address[0] = address;
      this.#findFlips(wordBits);
      if (this.#keepsClasses) clearFirst(this.#flips, keptFlips4(address));
      slots[slot] = 1;
      slots[slot + 1] = address;
      slots[slot + 2] = address ^ (this.#flips[0] ?? 0);
    }
    putWord(bytes, at, slots[slot + 2] ?? 0);
  }

  /** Maps the sixteen bytes at `at` in place. */
  map6(bytes: Uint8Array, at: number): void {
    const address = this.#address;
    let hash = 0;
    for (let word = 0; word < wordCount6; word++) {
      address[word] = uint32(bytes, at + word * 4);
      hash = Math.imul(hash ^ (address[word] ?? 0), 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    const slot = ((hash >>> 0) % cacheSlotCount6) * 9;
    if (!this.#isCached6(slot)) this.#fill6(slot);
    for (let word = 0; word < wordCount6; word++)
      putWord(bytes, at + word * 4, this.#slots6[slot + 5 + word] ?? 0);
  }

  /**
   * Maps the six bytes at `at` in place. A group stays the group that it is, but one that is made of an
   * address (RFC 2464, 7) follows that; all others become locally administered.
   */
  mapMac(bytes: Uint8Array, at: number): void {
    const high = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    const low = uint32(bytes, at + 2);
    if ((high & 0x100) !== 0) {
      if (high === 0x3333 && low >>> 24 === 0xff) this.#mapSolicited(bytes, at);
      return;
    }
    if (high === 0 && low === 0) return;
    const name = high * 0x1_0000_0000 + low;
    let mapped = this.#macs.get(name);
    if (mapped === undefined) {
      mapped = this.#makeMac(high, low);
      if (this.#macs.size >= cachedMacCountMax) this.#macs.clear();
      this.#macs.set(name, mapped);
    }
    const mappedHigh = Math.floor(mapped / 0x1_0000_0000);
    bytes[at] = mappedHigh >>> 8;
    bytes[at + 1] = mappedHigh;
    putWord(bytes, at + 2, mapped | 0);
  }

  #makeMac(high: number, low: number): number {
    const block = this.#block;
    block.set(this.#pad);
    // The padding turned over keeps these blocks apart from those of addresses.
    block[0] = ~(block[0] ?? 0);
    block[1] = ~(block[1] ?? 0);
    block[2] = high;
    block[3] = low;
    encryptBlock(this.#keys, block);
    const first = ((block[0] ?? 0) & 0xfcff) | 0x0200;
    return first * 0x1_0000_0000 + ((block[1] ?? 0) >>> 0);
  }

  /** The last 24 bits of ff02::1:ff00:0/104, as the packet's own address has them. */
  #mapSolicited(bytes: Uint8Array, at: number): void {
    const full = this.#solicited;
    full[13] = bytes[at + 3] ?? 0;
    full[14] = bytes[at + 4] ?? 0;
    full[15] = bytes[at + 5] ?? 0;
    this.map6(full, 0);
    bytes[at + 3] = full[13];
    bytes[at + 4] = full[14];
    bytes[at + 5] = full[15];
  }
  readonly #solicited = Uint8Array.of(0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0);

  #isCached6(slot: number): boolean {
    const slots = this.#slots6;
    const address = this.#address;
    return (
      slots[slot] === 1 &&
      slots[slot + 1] === address[0] &&
      slots[slot + 2] === address[1] &&
      slots[slot + 3] === address[2] &&
      slots[slot + 4] === address[3]
    );
  }

  #fill6(slot: number): void {
    const address = this.#address;
    const flips = this.#flips;
    this.#findFlips(wordBits * wordCount6);
    if (this.#keepsClasses) clearFirst(flips, keptFlips6(address));
    if (this.#keepsClasses) clearFirst(flips, multicastKept(address));
    this.#slots6[slot] = 1;
    for (let word = 0; word < wordCount6; word++) {
      this.#slots6[slot + 1 + word] = address[word] ?? 0;
      this.#slots6[slot + 5 + word] = (address[word] ?? 0) ^ (flips[word] ?? 0);
    }
  }

  /** Each bit is flipped or not by what the bits before it encrypt to, filled up with the padding. */
  #findFlips(bitCount: number): void {
    const flips = this.#flips.fill(0);
    const block = this.#block;
    for (let bit = 0; bit < bitCount; bit++) {
      const at = bit >>> 5;
      const inWord = bit & 31;
      for (let word = 0; word < wordCount6; word++)
        block[word] = (word < at ? this.#address : this.#pad)[word] ?? 0;
      const known = inWord === 0 ? 0 : -1 << (wordBits - inWord);
      block[at] = ((this.#address[at] ?? 0) & known) | ((this.#pad[at] ?? 0) & ~known);
      encryptBlock(this.#keys, block);
      if ((block[0] ?? 0) < 0) flips[at] = (flips[at] ?? 0) | (1 << (31 - inWord));
    }
  }
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}
