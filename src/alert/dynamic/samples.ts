import { aggregateValue, type TimedAggregate } from "../../metric/aggregate.ts";
import type { AggregationName } from "../../metric/names.ts";

/** The values of a series in windows of one size, oldest first; windows without data are absent. */
export interface Samples {
  windowSeconds: number;
  /** First second of each window, since the epoch. */
  starts: Float64Array;
  values: Float64Array;
}

/** Windows that were measured for less than this share of the usual time say too little to learn from. */
const coverageMin = 0.5;

/** The aggregates of windows as samples, without those that were hardly measured: a total of half a window misleads. */
export function samplesOf(
  windows: readonly TimedAggregate[],
  windowSeconds: number,
  aggregation: AggregationName,
): Samples {
  const usual = median(Float64Array.from(windows, ({ count }) => count));
  const kept = windows.filter(({ count }) => count >= usual * coverageMin);
  return {
    windowSeconds,
    starts: Float64Array.from(kept, ({ second }) => second),
    values: Float64Array.from(kept, (window) => aggregateValue(window, aggregation)),
  };
}

/** Those that begin in [from, to). */
export function samplesFrom(samples: Samples, from: number): Samples {
  const first = samples.starts.findIndex((start) => start >= from);
  const index = first < 0 ? samples.starts.length : first;
  return {
    ...samples,
    starts: samples.starts.subarray(index),
    values: samples.values.subarray(index),
  };
}

/** NaN of none. Sorts what it is given. */
export function median(values: Float64Array): number {
  if (values.length === 0) return Number.NaN;
  values.sort();
  const middle = values.length >> 1;
  const upper = values[middle] ?? Number.NaN;
  return values.length % 2 === 1 ? upper : ((values[middle - 1] ?? upper) + upper) / 2;
}
