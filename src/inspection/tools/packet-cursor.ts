import { CaptureReader, type ReadProblem } from "../file/capture-reader.ts";
import { decompressed } from "../file/decompressed.ts";
import type { PacketView } from "../file/record.ts";

export interface ReadOptions {
  /** Ends the reading with the signal's reason. */
  signal?: AbortSignal;
  /** Called with the bytes of the source read so far. */
  onProgress?: (bytes: number) => void;
}

/**
 * Stands on one packet of a capture after another. `next` is for the many packets of a chunk; where it
 * says false, `fill` waits for more. Memory is one chunk and one record.
 */
export class PacketCursor {
  readonly reader = new CaptureReader();
  readonly #compressed = { problem: null as string | null };
  readonly #chunks: AsyncIterator<Uint8Array, void>;
  readonly #signal: AbortSignal | undefined;
  #number = 0;

  constructor(source: AsyncIterable<Uint8Array>, { signal, onProgress }: ReadOptions = {}) {
    this.#signal = signal;
    this.#chunks = decompressed(source, { compressed: this.#compressed, onProgress });
  }

  /** Number of the packet that it stands on, from 1. */
  get number(): number {
    return this.#number;
  }

  get packet(): PacketView {
    return this.reader.packet;
  }

  /** Where and why reading stopped early; known at the end. */
  get problem(): ReadProblem | null {
    return this.reader.problemWith(this.#compressed.problem);
  }

  /** Goes on to the next packet of what has come; false when there is none. */
  next(): boolean {
    const found = this.reader.next();
    if (found) this.#number++;
    return found;
  }

  /** Reads on to the next packet; false at the end. Raises CaptureFormatUnknown for what is no capture. */
  async fill(): Promise<boolean> {
    while (!this.reader.problem) {
      this.#signal?.throwIfAborted();
      const { done, value } = await this.#chunks.next();
      if (done === true) break;
      this.reader.push(value);
      if (this.next()) return true;
    }
    this.reader.end();
    return false;
  }

  /** Lets go of the source. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
