import type { Closable } from "../../common/lifecycle.ts";

export interface Pressure extends Closable {
  press(): void;
}

/** Wakes once for any number of presses, and not again before the pause is over. */
export function createPressure(wake: () => void, pauseMilliseconds: number): Pressure {
  let timer: NodeJS.Timeout | undefined;
  let wokenAt = -Infinity;
  return {
    press() {
      const wait = Math.max(0, wokenAt + pauseMilliseconds - performance.now());
      timer ??= setTimeout(() => {
        timer = undefined;
        wokenAt = performance.now();
        wake();
      }, wait);
    },
    async close() {
      clearTimeout(timer);
    },
  };
}
