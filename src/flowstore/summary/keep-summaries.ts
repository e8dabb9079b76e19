import type { Clock } from "../../common/clock.ts";
import type { Closable } from "../../common/lifecycle.ts";
import type { FlowEngine } from "../engine.ts";
import { buildSummaries } from "./build-summaries.ts";
import { type Interval, isDue, type TimeSpan } from "./intervals.ts";

export interface SummaryKeeper extends Closable {
  /** Adds up, in the background, what of these intervals is over and not added up; most often nothing. */
  wake(intervals: readonly Interval[]): void;
}

export interface SummaryKeeperOptions {
  engine(): Promise<FlowEngine>;
  readonly clock: Clock;
  onError(error: unknown): void;
}

/** One run at a time; what is asked for during a run is the next one. */
export function createSummaryKeeper(options: SummaryKeeperOptions): SummaryKeeper {
  const { clock } = options;
  const closing = new AbortController();
  const { signal } = closing;
  let running: Promise<void> | null = null;
  let next: TimeSpan | null = null;
  const work = async (): Promise<void> => {
    for (let span = next; span !== null && !signal.aborted; span = next) {
      next = null;
      await buildSummaries(await options.engine(), span, { nowMs: clock.now(), signal });
    }
  };
  const start = (): void => {
    running ??= work()
      .catch((error: unknown) => {
        if (!signal.aborted) options.onError(error);
      })
      .finally(() => {
        running = null;
      });
  };
  return {
    wake(intervals) {
      const span = spanOf(intervals, clock.now());
      if (span === null || signal.aborted) return;
      next = next === null ? span : joined(next, span);
      start();
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

function spanOf(intervals: readonly Interval[], nowMs: number): TimeSpan | null {
  const due = intervals
    .filter((interval) => isDue(interval, nowMs))
    .map(({ start, minutes }) => ({
      startMs: start * 1_000,
      endMs: (start + minutes * 60) * 1_000,
    }));
  return due.length === 0 ? null : due.reduce<TimeSpan>(joined, due[0] ?? { startMs: 0, endMs: 0 });
}

const joined = (a: TimeSpan, b: TimeSpan): TimeSpan => ({
  startMs: Math.min(a.startMs, b.startMs),
  endMs: Math.max(a.endMs, b.endMs),
});
