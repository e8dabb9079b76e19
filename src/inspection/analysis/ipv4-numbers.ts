const initialSlots = 1_024;
/** The address and its number plus one, which is 0 where a slot is empty. */
const slotWords = 2;

/**
 * The numbers of IPv4 addresses. Each flow asks for two of them, and most are far apart in memory: an address lies beside
 * its number, so that one look finds both, where a table of any keys takes two.
 */
export class Ipv4Numbers {
  #slots = new Int32Array(initialSlots * slotWords);
  #count = 0;

  /** The address's number, -1 when it has none. */
  find(bits: number): number {
    return (this.#slots[this.#slotOf(bits) + 1] ?? 0) - 1;
  }

  /** Gives an address that has none a number. */
  add(bits: number, number: number): void {
    const slot = this.#slotOf(bits);
    this.#slots[slot] = bits;
    this.#slots[slot + 1] = number + 1;
    this.#count++;
    if (this.#count * 2 * slotWords >= this.#slots.length) this.#grow();
  }

  /** Where the address is, or would be. */
  #slotOf(bits: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = (hashOf(bits) * slotWords) & mask;
    while (slots[slot + 1] !== 0 && slots[slot] !== bits) slot = (slot + slotWords) & mask;
    return slot;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += slotWords) {
      if (old[at + 1] === 0) continue;
      const slot = this.#slotOf(old[at] ?? 0);
      this.#slots[slot] = old[at] ?? 0;
      this.#slots[slot + 1] = old[at + 1] ?? 0;
    }
  }
}

function hashOf(bits: number): number {
  const mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  const again = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (again ^ (again >>> 16)) & 0x3fffffff;
}
