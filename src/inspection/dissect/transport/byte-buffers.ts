/** Sizes of buffers: powers of two, from 512 bytes to 256 KiB. */
const shiftMin = 9;
const shiftMax = 18;
/** Small buffers are cut from blocks of this size. */
const blockSizeBytes = 65_536;
/** Bytes of the buffers that wait to be used again. */
const freeSizeMax = 32 * 1_048_576;

/**
 * Buffers for bytes that are kept for a while. A new array for each unfinished message would cost more in
 * taking and giving back memory than reading the message does.
 */
export class ByteBuffers {
  readonly #free: Uint8Array[][] = Array.from({ length: shiftMax - shiftMin + 1 }, () => []);
  readonly #given: Uint8Array[] = [];
  #freeBytes = 0;

  /** A buffer of at least this size, with anything in it; beyond 256 KiB it is made to measure. */
  take(sizeBytes: number): Uint8Array {
    const shift = Math.max(shiftMin, 32 - Math.clz32(sizeBytes - 1));
    const free = this.#free[shift - shiftMin];
    if (!free) return new Uint8Array(sizeBytes);
    const buffer = free.pop() ?? this.#cut(2 ** shift, free);
    this.#freeBytes -= buffer.length;
    return buffer;
  }

  /** Gives a buffer back, which may still be looked at until `settle`. */
  give(buffer: Uint8Array): void {
    if (buffer.length > 0) this.#given.push(buffer);
  }

  /** Whatever was given back is used again from here on: called when a frame begins. */
  settle(): void {
    if (this.#given.length === 0) return;
    for (const buffer of this.#given) {
      if (this.#freeBytes + buffer.length > freeSizeMax) continue;
      const free = this.#free[31 - Math.clz32(buffer.length) - shiftMin];
      free?.push(buffer);
      if (free) this.#freeBytes += buffer.length;
    }
    this.#given.length = 0;
  }

  /** One new buffer; of small ones a block full, of which the others wait. */
  #cut(size: number, free: Uint8Array[]): Uint8Array {
    const block = new Uint8Array(Math.max(size, blockSizeBytes));
    for (let at = size; at < block.length; at += size) free.push(block.subarray(at, at + size));
    this.#freeBytes += block.length;
    return block.length === size ? block : block.subarray(0, size);
  }
}
