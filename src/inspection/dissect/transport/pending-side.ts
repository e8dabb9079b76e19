import type { PendingMessage } from "./pending-message.ts";

/** Finished messages of one direction that are remembered, to know their retransmission. */
const finishedCountMax = 16;
/** Bytes of all unfinished messages of a capture; beyond it the oldest are given up. */
const pendingSizeMax = 64 * 1_048_576;

/** What one direction of a stream has of messages that span segments. */
export class PendingSide {
  pending: PendingMessage | null = null;
  /** Sequence number and size of finished messages, in a ring. */
  #finished: Uint32Array | null = null;
  #finishedCount = 0;

  finish(sequence: number, size: number): void {
    this.pending = null;
    const ring = (this.#finished ??= new Uint32Array(finishedCountMax * 2));
    const at = (this.#finishedCount++ % finishedCountMax) * 2;
    ring[at] = sequence;
    ring[at + 1] = size;
  }

  /** How many of the bytes at `sequence` are the repetition of a finished message. */
  repeatedBytes(sequence: number, length: number): number {
    const ring = this.#finished;
    const count = Math.min(this.#finishedCount, finishedCountMax);
    if (!ring) return 0;
    for (let index = 0; index < count; index++) {
      const offset = (sequence - (ring[index * 2] ?? 0)) | 0;
      const size = ring[index * 2 + 1] ?? 0;
      if (offset >= 0 && offset < size) return Math.min(length, size - offset);
    }
    return 0;
  }
}

/** Bounds what all directions together keep. */
export class PendingSides {
  readonly #sizes = new Map<PendingSide, number>();
  #bytes = 0;

  /** Counts anew what a side keeps; call it after each change. */
  update(side: PendingSide): void {
    const size = side.pending?.bytes.length ?? 0;
    this.#bytes += size - (this.#sizes.get(side) ?? 0);
    if (size === 0) this.#sizes.delete(side);
    else this.#sizes.set(side, size);
    for (const [oldest, kept] of this.#sizes) {
      if (this.#bytes <= pendingSizeMax) return;
      oldest.pending = null;
      this.#sizes.delete(oldest);
      this.#bytes -= kept;
    }
  }
}
