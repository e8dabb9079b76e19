/** Sizes of buffers that are used again: powers of two, from 4 KiB to 256 KiB. */
const shiftMin = 12;
const shiftMax = 18;
const smallSizeMax = 2 ** (shiftMin - 1);
/** Buffers of one size that wait to be used again. */
const freeCountMax = 32;

/**
 * Buffers for bytes that are kept for a while. A new array for each unfinished message would cost more in
 * collecting garbage than reading the message does.
 */
export class ByteBuffers {
  readonly #free: Uint8Array[][] = Array.from({ length: shiftMax - shiftMin + 1 }, () => []);
  readonly #given: Uint8Array[] = [];

  /** A buffer of at least this size, with anything in it; small ones are made to measure. */
  take(sizeBytes: number): Uint8Array {
    if (sizeBytes <= smallSizeMax) return new Uint8Array(sizeBytes);
    const shift = Math.max(shiftMin, 32 - Math.clz32(sizeBytes - 1));
    return this.#free[shift - shiftMin]?.pop() ?? new Uint8Array(2 ** shift);
  }

  /** Gives a buffer back, which may still be looked at until `settle`. */
  give(buffer: Uint8Array): void {
    if (buffer.length > smallSizeMax) this.#given.push(buffer);
  }

  /** Whatever was given back is used again from here on: called when a frame begins. */
  settle(): void {
    for (let buffer = this.#given.pop(); buffer !== undefined; buffer = this.#given.pop()) {
      const free = this.#free[31 - Math.clz32(buffer.length) - shiftMin];
      if (free && free.length < freeCountMax) free.push(buffer);
    }
  }
}
