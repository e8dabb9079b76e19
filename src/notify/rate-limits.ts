import type { Clock } from "../common/clock.ts";
import type { TargetSettings } from "./target-settings.ts";

const windowMilliseconds = 60_000;

/** Sends of the last minute by target; they begin anew with the process. */
export function createRateLimits(clock: Clock): {
  /** When the target may be sent to: now, or later. */
  freeAt(settings: Pick<TargetSettings, "name" | "ratePerMinuteMax">): number;
  note(name: string): void;
} {
  const times = new Map<string, number[]>();
  const recent = (name: string): number[] => {
    const now = clock.now();
    const left = (times.get(name) ?? []).filter((time) => time > now - windowMilliseconds);
    if (left.length === 0) times.delete(name);
    else times.set(name, left);
    return left;
  };
  return {
    freeAt({ name, ratePerMinuteMax }) {
      const sent = recent(name);
      const oldest = sent.at(-ratePerMinuteMax);
      return sent.length < ratePerMinuteMax || oldest === undefined
        ? clock.now()
        : oldest + windowMilliseconds;
    },
    note: (name) => void times.set(name, [...recent(name), clock.now()]),
  };
}
