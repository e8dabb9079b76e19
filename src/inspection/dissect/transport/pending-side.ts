import type { PendingMessage } from "./pending-message.ts";

/** Finished messages of one direction that are remembered, to know their retransmission. */
const finishedCountMax = 16;
/** Bytes of all unfinished messages of a capture; beyond it the oldest are given up. */
const pendingSizeMax = 64 * 1_048_576;

/** What one direction of a stream has of messages that span segments. */
export class PendingSide {
  pending: PendingMessage | null = null;
  /** Bytes that `PendingSides` has counted, and its neighbours in the order in which they came. */
  countedBytes = 0;
  older: PendingSide | null = null;
  newer: PendingSide | null = null;
  /** Sequence number, signed, and size of finished messages, in a ring. */
  #finished: number[] | null = null;
  #finishedCount = 0;

  finish(sequence: number, size: number): void {
    this.drop();
    const ring = (this.#finished ??= []);
    const at = (this.#finishedCount++ % finishedCountMax) * 2;
    ring[at] = sequence | 0;
    ring[at + 1] = size;
  }

  /** Lets the unfinished message go. */
  drop(): void {
    this.pending?.release();
    this.pending = null;
  }

  /** True when a finished message began before `sequence` and ends behind it. */
  isInsideFinished(sequence: number): boolean {
    return this.repeatedBytes(sequence, 1) > 0 && this.repeatedBytes((sequence - 1) >>> 0, 2) === 2;
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
  #oldest: PendingSide | null = null;
  #newest: PendingSide | null = null;
  #bytes = 0;
  /** Messages given up because too much was kept. */
  overflow = 0;

  /** Counts anew what a side keeps; call it after each change. */
  update(side: PendingSide): void {
    const size = side.pending?.bytes.length ?? 0;
    if (size === side.countedBytes) return;
    this.#bytes += size - side.countedBytes;
    if (side.countedBytes === 0) this.#append(side);
    else if (size === 0) this.#remove(side);
    side.countedBytes = size;
    while (this.#bytes > pendingSizeMax && this.#oldest) this.#giveUp(this.#oldest);
  }

  #giveUp(side: PendingSide): void {
    this.overflow++;
    this.#bytes -= side.countedBytes;
    side.countedBytes = 0;
    side.drop();
    this.#remove(side);
  }

  #append(side: PendingSide): void {
    side.older = this.#newest;
    if (this.#newest) this.#newest.newer = side;
    else this.#oldest = side;
    this.#newest = side;
  }

  #remove(side: PendingSide): void {
    if (side.older) side.older.newer = side.newer;
    else this.#oldest = side.newer;
    if (side.newer) side.newer.older = side.older;
    else this.#newest = side.older;
    side.older = null;
    side.newer = null;
  }
}
