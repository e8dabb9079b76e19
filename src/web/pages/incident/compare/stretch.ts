import type { BaselineWhen } from "../../../../inspection/change/change-answer.ts";

const minuteMilliseconds = 60_000;
const hourMilliseconds = 3_600_000;
type Point = [time: number, value: number | null];

/** How far each time lies before the incident. */
export const distances: Readonly<Record<BaselineWhen, number>> = {
  hourEarlier: hourMilliseconds,
  dayEarlier: 24 * hourMilliseconds,
  weekEarlier: 7 * 24 * hourMilliseconds,
};
export const whens = Object.keys(distances) as BaselineWhen[];

/** The metric of the incident at one time, moved to the incident's own clock. */
export interface Stretch {
  when: BaselineWhen | "now";
  points: Point[];
  /** From the alert on; null where nothing was measured. */
  mean: number | null;
  highest: number | null;
}

export const isMeasured = (points: Stretch["points"]): boolean =>
  points.some(([, value]) => value !== null);

/** Several series, such as those of interfaces, are added up for the comparison. */
export function stretchOf(
  when: Stretch["when"],
  { series }: { series: readonly { points: Point[] }[] },
  span: { from: number; to: number },
): Stretch {
  const distance = when === "now" ? 0 : distances[when];
  const sums = new Map<number, number | null>();
  for (const [time, value] of series.flatMap(({ points }) => points)) {
    const before = sums.get(time) ?? null;
    sums.set(time, value === null ? before : (before ?? 0) + value);
  }
  const points = Array.from(sums, ([time, value]): [number, number | null] => [
    time + distance,
    value,
  ]).toSorted(([a], [b]) => a - b);
  // The alert comes within a minute: the one that goes on then is the first.
  const first = Math.floor(span.from / minuteMilliseconds) * minuteMilliseconds;
  const values = points
    .filter(([time]) => time >= first && time < span.to)
    .flatMap(([, value]) => value ?? []);
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    when,
    points,
    mean: values.length === 0 ? null : sum / values.length,
    highest: values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b)),
  };
}
