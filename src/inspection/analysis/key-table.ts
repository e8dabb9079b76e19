const emptySlot = -1;
const initialSlots = 1_024;

/**
 * Numbers keys 0, 1, 2 ... in the order of their first appearance. A key is a fixed number of 32-bit
 * words, written into `key` before a call; nothing is allocated but when the table grows.
 */
export class KeyTable {
  /** The caller writes the key here. */
  readonly key: Int32Array;
  readonly #words: number;
  readonly #countMax: number;
  #slots = new Int32Array(initialSlots).fill(emptySlot);
  #keys: Int32Array;
  #count = 0;
  #overflow = 0;

  constructor(words: number, countMax: number) {
    this.#words = words;
    this.#countMax = countMax;
    this.key = new Int32Array(words);
    this.#keys = new Int32Array(words * (initialSlots / 2));
  }

  get count(): number {
    return this.#count;
  }

  /** Look-ups refused because the table was full. */
  get overflow(): number {
    return this.#overflow;
  }

  /** The key's number, -1 when it has none. */
  find(): number {
    return this.#slots[this.#slotOf()] ?? emptySlot;
  }

  /** The key's number, a new one when it had none; -1 when the table is full, which is counted. */
  findOrAdd(): number {
    const slot = this.#slotOf();
    const found = this.#slots[slot] ?? emptySlot;
    if (found !== emptySlot) return found;
    if (this.#count >= this.#countMax) {
      this.#overflow++;
      return -1;
    }
    const index = this.#count++;
    this.#slots[slot] = index;
    // `set` costs more than so few words do.
    for (let word = 0; word < this.#words; word++)
      this.#keys[index * this.#words + word] = this.key[word] ?? 0;
    if (this.#count * 2 >= this.#slots.length) this.#grow(this.#slots.length * 2);
    return index;
  }

  /** Makes room for so many keys beyond those that are there, so that the table need not grow step by step. */
  reserve(count: number): void {
    const needed = Math.min(this.#count + count, this.#countMax);
    let slotCount = this.#slots.length;
    while (needed * 2 >= slotCount) slotCount *= 2;
    if (slotCount > this.#slots.length) this.#grow(slotCount);
  }

  /** Word `word` of the key numbered `index`. */
  word(index: number, word: number): number {
    return this.#keys[index * this.#words + word] ?? 0;
  }

  #slotOf(): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash(this.key, 0) & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot] ?? emptySlot;
      if (index === emptySlot || this.#isKey(index)) return slot;
    }
  }

  #isKey(index: number): boolean {
    const keys = this.#keys;
    const { key } = this;
    const start = index * key.length;
    for (let word = 0; word < key.length; word++)
      if (keys[start + word] !== key[word]) return false;
    return true;
  }

  #hash(words: Int32Array, start: number): number {
    let hash = 0x9e3779b9 | 0;
    for (let word = 0; word < this.#words; word++) {
      hash = Math.imul(hash ^ (words[start + word] ?? 0), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #grow(slotCount: number): void {
    const slots = new Int32Array(slotCount).fill(emptySlot);
    const mask = slots.length - 1;
    for (let index = 0; index < this.#count; index++) {
      let slot = this.#hash(this.#keys, index * this.#words) & mask;
      while (slots[slot] !== emptySlot) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
    this.#slots = slots;
    const keys = new Int32Array((slots.length / 2) * this.#words);
    keys.set(this.#keys);
    this.#keys = keys;
  }
}
