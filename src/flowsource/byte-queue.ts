import type { PieceMemory } from "./piece-memory.ts";

/** Bytes that were read and not used yet, and the reading ahead of them, which stops at a limit. */
export class ByteQueue {
  readonly #parts: Uint8Array[] = [];
  readonly #iterator: AsyncIterator<Uint8Array>;
  readonly #limitBytes: number;
  #sizeBytes = 0;
  #wantedBytes = 0;
  #isEnded = false;
  #failure: { error: unknown } | null = null;
  #isPumping = false;
  #onProgress: (() => void) | null = null;

  readonly #memory: PieceMemory | null;

  /** Bytes that were used are given back to `memory`. */
  constructor(
    bytes: AsyncIterable<Uint8Array>,
    limitBytes: number,
    memory: PieceMemory | null = null,
  ) {
    this.#memory = memory;
    this.#iterator = bytes[Symbol.asyncIterator]();
    this.#limitBytes = limitBytes;
    void this.#pump();
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Waits until there are `count` bytes, or all there are; which is how many. */
  async fill(count: number): Promise<number> {
    this.#wantedBytes = count;
    while (this.#sizeBytes < count && !this.#isEnded) {
      if (this.#failure) throw this.#failure.error;
      void this.#pump();
      await new Promise<void>((resolve) => {
        this.#onProgress = resolve;
      });
    }
    return Math.min(count, this.#sizeBytes);
  }

  /** The first bytes that `fill` promised, copied into memory of their own. */
  peek(count: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(count);
    this.copy(copy);
    return copy;
  }

  /** Fills `copy` with the first bytes that `fill` promised. */
  copy(copy: Uint8Array): void {
    if (copy.length > this.#sizeBytes) throw new RangeError("more bytes than there are");
    let at = 0;
    for (const part of this.#parts) {
      if (at === copy.length) break;
      const piece = part.subarray(0, copy.length - at);
      copy.set(piece, at);
      at += piece.length;
    }
  }

  skip(count: number): void {
    let left = count;
    while (left > 0) {
      const [first] = this.#parts;
      if (!first) throw new RangeError("more bytes are skipped than there are");
      if (first.length > left) this.#parts[0] = first.subarray(left);
      else {
        this.#parts.shift();
        this.#memory?.give(first);
      }
      left -= Math.min(left, first.length);
    }
    this.#sizeBytes -= count;
    void this.#pump();
  }

  async close(): Promise<void> {
    this.#isEnded = true;
    await this.#iterator.return?.();
  }

  async #pump(): Promise<void> {
    if (this.#isPumping || this.#isEnded || this.#failure) return;
    this.#isPumping = true;
    try {
      while (this.#sizeBytes < Math.max(this.#limitBytes, this.#wantedBytes) && !this.#isEnded) {
        const { value, done } = await this.#iterator.next();
        if (done === true) this.#isEnded = true;
        else {
          this.#parts.push(value);
          this.#sizeBytes += value.length;
        }
        this.#wake();
      }
    } catch (error) {
      this.#failure = { error };
      this.#wake();
    } finally {
      this.#isPumping = false;
    }
  }

  #wake(): void {
    const wake = this.#onProgress;
    this.#onProgress = null;
    wake?.();
  }
}
