/** Different texts that are remembered, and their size; of others the text is made each time. */
const textCountMax = 65_536;
const textSizeMax = 256;
const initialSlots = 1_024;
const initialSizeBytes = 16_384;
const notAscii = -1;

const ascii = new TextDecoder();
const latin1 = new TextDecoder("latin1");

/**
 * Makes the text of the same bytes once: most of a capture's names come again and again, and comparing bytes
 * costs less than making a string that is thrown away.
 */
export class KnownTexts {
  readonly #texts: string[] = [];
  /** Their bytes, one text behind another: bytes are compared faster with bytes than with characters. */
  #bytes = new Uint8Array(initialSizeBytes);
  /** Where each text ends in them. */
  readonly #ends: number[] = [];
  /** Numbers of texts plus one by hash; 0 is none. */
  #slots = new Int32Array(initialSlots);

  /** The text between two offsets, one character a byte. */
  of(bytes: Uint8Array, start: number, end: number): string {
    if (start >= end) return "";
    const hash = end - start > textSizeMax ? notAscii : asciiHash(bytes, start, end);
    if (hash === notAscii) return latin1.decode(bytes.subarray(start, end));
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] ?? 0;
      if (number === 0) return this.#remember(slot, bytes.subarray(start, end));
      if (this.#isText(number - 1, bytes, start, end)) return this.#texts[number - 1] ?? "";
    }
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : (this.#ends[index - 1] ?? 0);
  }

  #isText(index: number, bytes: Uint8Array, start: number, end: number): boolean {
    const known = this.#bytes;
    const from = this.#startOf(index);
    if ((this.#ends[index] ?? 0) - from !== end - start) return false;
    for (let at = start; at < end; at++) if (bytes[at] !== known[from + at - start]) return false;
    return true;
  }

  #remember(slot: number, bytes: Uint8Array): string {
    const text = ascii.decode(bytes);
    if (this.#texts.length >= textCountMax) return text;
    const from = this.#startOf(this.#texts.length);
    const end = from + bytes.length;
    if (end > this.#bytes.length) this.#bytes = grown(this.#bytes);
    this.#bytes.set(bytes, from);
    this.#ends.push(end);
    this.#slots[slot] = this.#texts.push(text);
    if (this.#texts.length * 2 > this.#slots.length) this.#spread();
    return text;
  }

  /** Twice as many slots, and every text in its new one. */
  #spread(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let index = 0; index < this.#texts.length; index++) {
      let slot = asciiHash(this.#bytes, this.#startOf(index), this.#ends[index] ?? 0) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

/** The same in twice the room, which is enough for any text. */
function grown(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2);
  larger.set(bytes);
  return larger;
}

const hashBegin = 0x811c9dc5;
const hashFactor = 0x01000193;

/** A positive hash (FNV-1a); `notAscii` where a byte is none of ASCII. */
function asciiHash(bytes: Uint8Array, start: number, end: number): number {
  let hash = hashBegin;
  let all = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    all |= byte;
    hash = Math.imul(hash ^ byte, hashFactor);
  }
  return all > 0x7f ? notAscii : (hash ^ (hash >>> 15)) & 0x7fffffff;
}
