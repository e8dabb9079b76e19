export interface Chunk {
  to: "stdout" | "stderr";
  bytes: Uint8Array;
}

/** Puts answers that are made at the same time in the order of their files, and bounds what waits. */
export class OrderedOutput {
  readonly #queues: (Chunk[] | null)[];
  readonly #ended: boolean[];
  readonly #sizeBytesMax: number;
  #waitingBytes = 0;
  #turn = 0;
  #change = Promise.withResolvers<void>();

  constructor(fileCount: number, sizeBytesMax: number) {
    this.#queues = Array.from({ length: fileCount }, () => []);
    this.#ended = Array.from({ length: fileCount }, () => false);
    this.#sizeBytesMax = sizeBytesMax;
  }

  /** Takes a chunk of a file's answer; resolves when the file may bring its next. */
  async add(file: number, chunk: Chunk): Promise<void> {
    this.#queues[file]?.push(chunk);
    this.#waitingBytes += chunk.bytes.length;
    this.#notify();
    while (!this.#mayBringMore(file)) await this.#change.promise;
  }

  /** The file's answer is complete. */
  end(file: number): void {
    this.#ended[file] = true;
    this.#notify();
  }

  /** Writes everything in order, until the last file has ended; raises what `write` raises. */
  async writeAll(write: (chunk: Chunk) => Promise<void>): Promise<void> {
    for (; this.#turn < this.#queues.length; this.#turn++) {
      this.#notify();
      await this.#writeFile(this.#turn, write);
      this.#queues[this.#turn] = null;
    }
  }

  async #writeFile(file: number, write: (chunk: Chunk) => Promise<void>): Promise<void> {
    for (;;) {
      const chunks = this.#queues[file]?.splice(0) ?? [];
      if (chunks.length === 0) {
        if (this.#ended[file]) return;
        await this.#change.promise;
      }
      for (const chunk of chunks) {
        await write(chunk);
        this.#waitingBytes -= chunk.bytes.length;
      }
      if (chunks.length > 0) this.#notify();
    }
  }

  /** The file whose turn it is may always go on once its own is written: nothing can get stuck. */
  #mayBringMore(file: number): boolean {
    if (this.#waitingBytes < this.#sizeBytesMax) return true;
    return file === this.#turn && this.#queues[file]?.length === 0;
  }

  #notify(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
