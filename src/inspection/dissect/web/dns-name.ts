import { uint16 } from "../../file/bytes.ts";

const labelCountMax = 128;
const nameSizeMax = 255;
/** Different names that are remembered; of further ones the text is made each time. */
const nameCountMax = 65_536;
const initialSlots = 1_024;

const scratch = new Uint8Array(nameSizeMax);
const decoder = new TextDecoder("latin1");

interface Known {
  bytes: Uint8Array;
  text: string;
}

/** Makes the text of each name once: most of a capture's names come again and again. */
export class DnsNameTexts {
  readonly #known: Known[] = [];
  /** Their numbers plus one by hash; 0 is none. */
  #slots = new Int32Array(initialSlots);

  /**
   * The name at `at` of a message that begins at `start` (RFC 1035, 4.1.4), in small letters, with dots;
   * what does not print is a question mark.
   */
  text(bytes: Uint8Array, at: number, start: number, end: number): string {
    const size = normalize(bytes, at, start, end);
    if (size === 0) return "";
    const slot = this.#slotOf(size);
    const number = this.#slots[slot] ?? 0;
    return number === 0 ? this.#remember(slot, size) : (this.#known[number - 1]?.text ?? "");
  }

  /** Where the name in `scratch` is, or would be. */
  #slotOf(size: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hashOf(scratch, size) & mask; ; slot = (slot + 1) & mask) {
      const number = this.#slots[slot] ?? 0;
      const name = number === 0 ? undefined : this.#known[number - 1];
      if (name === undefined || isSame(name.bytes, size)) return slot;
    }
  }

  #remember(slot: number, size: number): string {
    const text = decoder.decode(scratch.subarray(0, size));
    if (this.#known.length >= nameCountMax) return text;
    this.#slots[slot] = this.#known.push({ bytes: scratch.slice(0, size), text });
    if (this.#known.length * 2 > this.#slots.length) this.#grow();
    return text;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const [index, { bytes }] of this.#known.entries()) {
      let slot = hashOf(bytes, bytes.length) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
    this.#slots = slots;
  }
}

/** Writes the name into `scratch`; its size. */
function normalize(bytes: Uint8Array, first: number, start: number, end: number): number {
  let at = first;
  let size = 0;
  for (let count = 0; count < labelCountMax && at < end && size < nameSizeMax; count++) {
    const length = bytes[at] ?? 0;
    if (length === 0) break;
    if (length >= 0xc0) {
      at = start + (uint16(bytes, at) & 0x3fff);
      continue;
    }
    if (size > 0) scratch[size++] = 46;
    const last = Math.min(end, at + 1 + length);
    for (let index = at + 1; index < last && size < nameSizeMax; index++)
      scratch[size++] = printable(bytes[index] ?? 0);
    at += 1 + length;
  }
  return size;
}

function printable(byte: number): number {
  if (byte >= 65 && byte <= 90) return byte + 32;
  return byte > 0x20 && byte < 0x7f ? byte : 63;
}

function hashOf(bytes: Uint8Array, size: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < size; index++)
    hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function isSame(bytes: Uint8Array, size: number): boolean {
  if (bytes.length !== size) return false;
  for (let index = 0; index < size; index++) if (bytes[index] !== scratch[index]) return false;
  return true;
}
