// Passes over a file take turns, so that a question in between is answered soon.

/** What reads a file from its beginning, piece by piece. */
export interface Pass {
  /** The pass with the highest goes on, the others wait. */
  priority: number;
}

/** Lets one pass go on at a time, and everything else between two of its pieces. */
export class Passes {
  readonly #pause: () => Promise<void>;
  readonly #running = new Set<Pass>();
  #changed = Promise.withResolvers<void>();

  constructor(pause: () => Promise<void>) {
    this.#pause = pause;
  }

  /** Does the work of a pass, which calls `turn` between its pieces. */
  async run<Result>(pass: Pass, work: () => Promise<Result>): Promise<Result> {
    this.#running.add(pass);
    this.#tell();
    try {
      return await work();
    } finally {
      this.#running.delete(pass);
      this.#tell();
    }
  }

  /** Resolves when the pass may go on. */
  async turn(pass: Pass, signal: AbortSignal): Promise<void> {
    await this.#pause();
    while (!this.#isFirst(pass)) {
      signal.throwIfAborted();
      await this.#changed.promise;
    }
    signal.throwIfAborted();
  }

  /** Priorities were changed, or a pass is to be ended. */
  wake(): void {
    this.#tell();
  }

  #isFirst(pass: Pass): boolean {
    for (const other of this.#running)
      if (other !== pass && other.priority > pass.priority) return false;
    return true;
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
