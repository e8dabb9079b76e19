/** Something that holds a file, socket, timer or child process until it is closed. */
export interface Closable {
  close(): Promise<void>;
}

/** Closes in reverse order of `add`; every one is tried, the first failure is thrown at the end. */
export class Lifecycle implements Closable {
  readonly #parts: Closable[] = [];
  #closing: Promise<void> | undefined;

  add<T extends Closable>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const part of this.#parts.toReversed()) {
      await part.close().catch((failure: unknown) => failures.push(failure));
    }
    if (failures.length > 0) throw failures[0];
  }
}

/**
 * Runs `work` again and again: at once when `wake` is called, else after `intervalMilliseconds`.
 * One run at a time; wakes that arrive during a run are one run more. Ends when closed.
 */
export function startLoop(options: {
  intervalMilliseconds: number;
  work: (signal: AbortSignal) => Promise<void>;
  onError: (error: unknown) => void;
}): Closable & { wake(): void } {
  const abort = new AbortController();
  let wanted = true;
  let release: (() => void) | undefined;
  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, options.intervalMilliseconds);
      release = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const finished = (async () => {
    while (!abort.signal.aborted) {
      if (!wanted) await pause();
      if (abort.signal.aborted) break;
      wanted = false;
      try {
        await options.work(abort.signal);
      } catch (error) {
        if (!abort.signal.aborted) options.onError(error);
      }
    }
  })();
  return {
    wake() {
      wanted = true;
      release?.();
    },
    async close() {
      abort.abort();
      release?.();
      await finished;
    },
  };
}
