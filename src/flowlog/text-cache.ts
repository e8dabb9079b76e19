const slotCount = 256;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

interface Slot {
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** Decodes UTF-8 that comes again and again: the same bytes give the same string, mostly without decoding them. */
export class TextCache {
  readonly #slots: (Slot | undefined)[] = Array.from({ length: slotCount });

  text(bytes: Uint8Array, start: number, end: number): string {
    const index = slotOf(bytes, start, end);
    const slot = this.#slots[index];
    if (slot && isSame(slot.bytes, bytes, start, end)) return slot.text;
    const copy = bytes.slice(start, end);
    const text = decoder.decode(copy);
    this.#slots[index] = { bytes: copy, text };
    return text;
  }
}

/** By length and the last bytes, in which ids and names differ most. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = Math.max(start, end - 8); at < end; at++) hash = hash * 31 + (bytes[at] ?? 0);
  return (hash >>> 0) % slotCount;
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== bytes[start + at]) return false;
  return true;
}
