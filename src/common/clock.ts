import { setTimeout as sleep } from "node:timers/promises";

/** Time as an argument, so that tests can hold it still. Milliseconds since the epoch, UTC. */
export interface Clock {
  now(): number;
  /** Resolves after `milliseconds`; rejects with an AbortError when `signal` fires first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  },
};

/** An instant as Azure writes it: ISO 8601, UTC, milliseconds. */
export const isoTime = (milliseconds: number): string => new Date(milliseconds).toISOString();
