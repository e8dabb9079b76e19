import type { AlertState } from "../rule-state.ts";
import {
  type Firing,
  firingCountMax,
  type JudgedPoint,
  type Span,
  spanCountMax,
} from "./preview.ts";

/** Keeps of each stretch of time its lowest and its highest point, so that no peak is lost. */
export function createPointKeeper(
  { from, to }: Span,
  pointCount: number,
): { add(point: JudgedPoint): void; list(): JudgedPoint[] } {
  const bucketCount = Math.max(1, Math.floor(pointCount / 2));
  const width = Math.max(1, Math.ceil((to - from) / bucketCount));
  const buckets = new Map<number, { low: JudgedPoint; high: JudgedPoint }>();
  return {
    add(point) {
      const index = Math.floor((point.second - from) / width);
      const bucket = buckets.get(index);
      if (!bucket) buckets.set(index, { low: point, high: point });
      else if (point.value < bucket.low.value) bucket.low = point;
      else if (point.value > bucket.high.value) bucket.high = point;
    },
    list: () =>
      [...buckets.values()].flatMap(({ low, high }) => {
        if (low === high) return [low];
        return low.second < high.second ? [low, high] : [high, low];
      }),
  };
}

/** Joins evaluations that follow each other to the time that they stand for. */
export function createSpanKeeper(stepSeconds: number): {
  add(second: number): void;
  list(): Span[];
} {
  const spans: { from: number; to: number }[] = [];
  return {
    add(second) {
      const last = spans.at(-1);
      if (last?.to === second - stepSeconds) last.to = second;
      else if (spans.length < spanCountMax) spans.push({ from: second - stepSeconds, to: second });
    },
    list: () => spans,
  };
}

/** Reads alerts out of what is written of a rule's state. */
export function createFiringKeeper(): {
  /** Written under `key`, in a look at the window that ends at `second`. */
  written(key: string, state: AlertState, second: number): void;
  list(): { firings: Firing[]; firingCount: number };
} {
  const firings: Firing[] = [];
  const lasting = new Map<string, { alertId: string; firing: Firing }>();
  let firingCount = 0;
  return {
    written(key, state, second) {
      const known = lasting.get(key);
      const isNew = known?.alertId !== state.alertId;
      if (isNew && state.monitorCondition === "Fired" && !state.rearmed) {
        const firing = firingOf(state);
        lasting.set(key, { alertId: state.alertId, firing });
        firingCount++;
        if (firings.length < firingCountMax) firings.push(firing);
      } else if (known && known.firing.to === null) {
        const isOver = state.monitorCondition === "Resolved" || state.rearmed;
        if (isOver) known.firing.to = second;
      }
    },
    list: () => ({ firings, firingCount }),
  };
}

function firingOf({ transition, targetResourceId }: AlertState): Firing {
  const [criterion] = transition.criteria;
  return {
    target: targetResourceId,
    dimensions: criterion?.dimensions ?? [],
    from: transition.windowEndTime / 1_000,
    to: null,
    value: criterion?.metricValue ?? null,
  };
}
