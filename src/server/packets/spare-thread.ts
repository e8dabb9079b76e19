import type { Worker } from "node:worker_threads";
import type { Clock } from "../../common/clock.ts";
import type { Closable } from "../../common/lifecycle.ts";
import { startThread } from "./book-thread.ts";

/** One thread that waits for a capture to look into, while people have the page open. */
export interface SpareThread extends Closable {
  /** Starts it, if there is none. */
  warm(): void;
  /** The one that waits, or a new one. */
  take(): Worker;
  /** Ends one that nobody wanted for long. */
  sweep(): Promise<void>;
}

export function createSpareThread(clock: Clock, idleMilliseconds: number): SpareThread {
  let spare: Worker | null = null;
  let wantedAt = 0;
  const start = (): Worker => {
    const worker = startThread();
    worker.once("error", forget).once("exit", forget);
    return worker;
  };
  const forget = (): void => void (spare = null);
  const end = async (): Promise<void> => {
    const ending = spare;
    spare = null;
    await ending?.terminate();
  };
  return {
    warm() {
      wantedAt = clock.now();
      spare ??= start();
    },
    take() {
      const taken = spare ?? startThread();
      spare = null;
      return taken.off("error", forget).off("exit", forget);
    },
    async sweep() {
      if (spare && clock.now() - wantedAt > idleMilliseconds) await end();
    },
    close: end,
  };
}
