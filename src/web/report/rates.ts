import type { SeriesColumns, TimeSeries } from "../../inspection/inspection.ts";

/** Points of milliseconds since the epoch and bytes a second; what came in counts downwards. */
export interface Rates {
  sent: [number, number][];
  received: [number, number][];
  other: [number, number][];
  hasOther: boolean;
}

/** All families together. `firstTime`: nanoseconds since the epoch. */
export function ratesOf(series: TimeSeries, firstTime: string): Rates {
  const bucketMs = Number(series.bucketNanoseconds) / 1e6;
  const firstMs = Number(BigInt(firstTime) / 1_000n) / 1_000;
  const points = (sign: number, pick: (family: TimeSeries["families"][number]) => SeriesColumns) =>
    Array.from({ length: series.bucketCount }, (_, at): [number, number] => {
      const total = series.families.reduce((sum, each) => sum + (pick(each).bytes[at] ?? 0), 0);
      return [firstMs + at * bucketMs, (sign * total * 1_000) / bucketMs];
    });
  const other = points(1, (family) => family.other);
  return {
    sent: points(1, (family) => family.sent),
    received: points(-1, (family) => family.received),
    other,
    hasOther: other.some(([, rate]) => rate > 0),
  };
}
