import { wordsPerAddress } from "../../flowlog/address-words.ts";

const firstSlotCount = 1_024;

/**
 * Numbers keys of four words from 0 on, in the order of their coming. The slots are at most half full;
 * `seed` moves them, so that nobody can choose addresses that all want the same one.
 */
export class WordIndex {
  readonly #seed: number;
  #slots = new Int32Array(firstSlotCount);
  #keys = new Uint32Array((firstSlotCount / 2) * wordsPerAddress);
  #count = 0;

  constructor(seed: number) {
    this.#seed = seed | 1;
  }

  get count(): number {
    return this.#count;
  }

  /** The number of the key at `at`; -1 when it has none. */
  find(words: Uint32Array, at: number): number {
    const slots = this.#slots;
    const keys = this.#keys;
    const mask = slots.length - 1;
    const last = words[at + 3] ?? 0;
    for (let slot = this.#slotOf(words, at); ; slot = (slot + 1) & mask) {
      const number = (slots[slot] ?? 0) - 1;
      if (number < 0) return -1;
      const key = number * wordsPerAddress;
      if (
        keys[key + 3] === last &&
        keys[key + 2] === words[at + 2] &&
        keys[key + 1] === words[at + 1] &&
        keys[key] === words[at]
      )
        return number;
    }
  }

  /** Numbers a key that has none yet. */
  add(words: Uint32Array, at: number): number {
    const number = this.#count++;
    if (number * 2 >= this.#slots.length) this.#grow();
    for (let index = 0; index < wordsPerAddress; index++)
      this.#keys[number * wordsPerAddress + index] = words[at + index] ?? 0;
    this.#place(number);
    return number;
  }

  #slotOf(words: Uint32Array, at: number): number {
    const seed = this.#seed;
    let hash = Math.imul((words[at] ?? 0) ^ seed, 0x9e37_79b1);
    hash = Math.imul((hash ^ (hash >>> 15)) + (words[at + 1] ?? 0), 0x85eb_ca77);
    hash = Math.imul((hash ^ (hash >>> 13)) + (words[at + 2] ?? 0), 0xc2b2_ae3d);
    hash = Math.imul((hash ^ (hash >>> 16)) + (words[at + 3] ?? 0), seed);
    return (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
  }

  #place(number: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#slotOf(this.#keys, number * wordsPerAddress);
    while ((this.#slots[slot] ?? 0) !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = number + 1;
  }

  #grow(): void {
    const keys = new Uint32Array(2 * this.#keys.length);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#slots = new Int32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#count - 1; number++) this.#place(number);
  }
}
