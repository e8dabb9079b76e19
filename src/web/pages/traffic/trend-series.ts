import { type FlowAnswer, numberOf, recordsOf } from "../../api/flow-views.ts";

export interface TrendSeries {
  name: string;
  /** Milliseconds since the epoch and the amount. */
  points: [number, number][];
}

/** Rows of a trend as a line for each value of its keys; a time without a row of it is nothing. */
export function trendOf(
  answer: FlowAnswer,
  keys: readonly string[],
  amount: string,
): TrendSeries[] {
  const series = new Map<string, Map<number, number>>();
  const times = new Set<number>();
  for (const record of recordsOf(answer)) {
    const time = Date.parse(String(record["Time"]));
    const name = keys.map((key) => String(record[key] ?? "")).join(" · ");
    const points = series.get(name) ?? new Map<number, number>();
    series.set(name, points);
    times.add(time);
    points.set(time, (points.get(time) ?? 0) + numberOf(record[amount]));
  }
  const order = [...times].toSorted((a, b) => a - b);
  return [...series].map(([name, points]) => ({
    name,
    points: order.map((time): [number, number] => [time, points.get(time) ?? 0]),
  }));
}
