import type { Clock } from "../../common/clock.ts";

const minuteMilliseconds = 60_000;
/** Addresses that are counted in one minute; the rest share one count. */
const addressCountMax = 10_000;

export interface RefusalLimit {
  /** Counts a refusal; false when the address has had too many in this minute. */
  take(address: string | null): boolean;
  /** Seconds until the next minute begins. */
  retryAfterSeconds(): number;
}

/**
 * Bounds what refusals cost, by address. It never keeps out who has the right key: behind one proxy all have one address,
 * and a stranger must not be able to silence the alerts of the others.
 */
export function createRefusalLimit(options: { perMinuteMax: number; clock: Clock }): RefusalLimit {
  const { perMinuteMax, clock } = options;
  let minute = 0;
  let counts = new Map<string, number>();
  return {
    take(address) {
      const now = Math.floor(clock.now() / minuteMilliseconds);
      if (now !== minute) {
        minute = now;
        counts = new Map();
      }
      const wanted = address ?? "unknown";
      const key = counts.has(wanted) || counts.size < addressCountMax ? wanted : "others";
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count <= perMinuteMax;
    },
    retryAfterSeconds: () =>
      Math.ceil((minuteMilliseconds - (clock.now() % minuteMilliseconds)) / 1_000),
  };
}
