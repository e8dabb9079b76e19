/** Different texts that are remembered, and their size; of others the text is made each time. */
const textCountMax = 65_536;
const textSizeMax = 256;
const initialSlots = 1_024;
const notAscii = -1;

const ascii = new TextDecoder();
const latin1 = new TextDecoder("latin1");

/**
 * Makes the text of the same bytes once: most of a capture's names come again and again, and comparing bytes
 * costs less than making a string that is thrown away.
 */
export class KnownTexts {
  readonly #known: string[] = [];
  /** Their numbers plus one by hash; 0 is none. */
  #slots = new Int32Array(initialSlots);

  /** The text between two offsets, one character a byte. */
  of(bytes: Uint8Array, start: number, end: number): string {
    if (start >= end) return "";
    const hash = end - start > textSizeMax ? notAscii : asciiHash(bytes, start, end);
    if (hash === notAscii) return latin1.decode(bytes.subarray(start, end));
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] ?? 0;
      if (number === 0) return this.#remember(slot, ascii.decode(bytes.subarray(start, end)));
      const text = this.#known[number - 1] ?? "";
      if (isText(text, bytes, start, end)) return text;
    }
  }

  #remember(slot: number, text: string): string {
    if (this.#known.length >= textCountMax) return text;
    this.#slots[slot] = this.#known.push(text);
    if (this.#known.length * 2 > this.#slots.length) this.#grow();
    return text;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const [index, text] of this.#known.entries()) {
      let slot = hashOfText(text) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
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
  return all > 0x7f ? notAscii : spread(hash);
}

function hashOfText(text: string): number {
  let hash = hashBegin;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), hashFactor);
  return spread(hash);
}

function spread(hash: number): number {
  return (hash ^ (hash >>> 15)) & 0x7fffffff;
}

function isText(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let at = start; at < end; at++) if (bytes[at] !== text.charCodeAt(at - start)) return false;
  return true;
}
