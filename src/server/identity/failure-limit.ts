import type { Clock } from "../../common/clock.ts";

/** Failures that one client id may make in a window before it has to wait. */
export const failureCountMax = 10;
export const failureWindowMilliseconds = 60_000;
/** Client ids remembered; the oldest is forgotten first. */
const rememberedCountMax = 10_000;

/** Slows down who guesses secrets. In memory only: a restart forgives. */
export interface FailureLimit {
  /** Seconds to wait, or 0. */
  waitSeconds(key: string): number;
  failed(key: string): void;
  /** Takes one failure back. */
  forgive(key: string): void;
  succeeded(key: string): void;
}

/** `countMax`: failures of one key in a window. */
export function createFailureLimit(clock: Clock, countMax: number = failureCountMax): FailureLimit {
  const windows = new Map<string, { count: number; endsAt: number }>();
  const current = (key: string) => {
    const window = windows.get(key);
    if (window && window.endsAt > clock.now()) return window;
    windows.delete(key);
    return null;
  };
  return {
    waitSeconds(key) {
      const window = current(key);
      if (!window || window.count < countMax) return 0;
      return Math.ceil((window.endsAt - clock.now()) / 1_000);
    },
    failed(key) {
      const window = current(key) ?? { count: 0, endsAt: clock.now() + failureWindowMilliseconds };
      windows.set(key, { ...window, count: window.count + 1 });
      const oldest = windows.size > rememberedCountMax ? windows.keys().next().value : undefined;
      if (oldest !== undefined) windows.delete(oldest);
    },
    forgive(key) {
      const window = current(key);
      if (window) windows.set(key, { ...window, count: Math.max(0, window.count - 1) });
    },
    succeeded(key) {
      windows.delete(key);
    },
  };
}
