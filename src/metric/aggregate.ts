import type { AggregationName } from "./names.ts";

/** What is known of a set of measurements. Two of them compose into that of both sets. */
export interface Aggregate {
  sum: number;
  /** Measurements: one for each second that has a value. */
  count: number;
  minimum: number;
  maximum: number;
}

/** Of no measurement at all: composing it with another changes nothing. */
export const emptyAggregate: Aggregate = {
  sum: 0,
  count: 0,
  minimum: Number.POSITIVE_INFINITY,
  maximum: Number.NEGATIVE_INFINITY,
};

export function aggregateOf(value: number): Aggregate {
  return { sum: value, count: 1, minimum: value, maximum: value };
}

export function combine(first: Aggregate, second: Aggregate): Aggregate {
  return {
    sum: first.sum + second.sum,
    count: first.count + second.count,
    minimum: Math.min(first.minimum, second.minimum),
    maximum: Math.max(first.maximum, second.maximum),
  };
}

/** Null when nothing was measured: no data is not zero. */
export function combineAll(aggregates: Iterable<Aggregate>): Aggregate | null {
  let total = emptyAggregate;
  for (const aggregate of aggregates) total = combine(total, aggregate);
  return total.count === 0 ? null : total;
}

/** Azure's meanings: Average is Total over Count, and Count counts measurements. */
export function aggregateValue(aggregate: Aggregate, name: AggregationName): number {
  switch (name) {
    case "Average":
      return aggregate.sum / aggregate.count;
    case "Minimum":
      return aggregate.minimum;
    case "Maximum":
      return aggregate.maximum;
    case "Total":
      return aggregate.sum;
    case "Count":
      return aggregate.count;
    default:
      return name satisfies never;
  }
}

/** An aggregate of the measurements from `second` (since the epoch) on. */
export interface TimedAggregate extends Aggregate {
  second: number;
}

const bucketCountMax = 100_000;

/**
 * The aggregate of [fromSecond, toSecond) in buckets of `intervalSeconds` that begin at fromSecond;
 * null where nothing was measured. Each part counts in the bucket of its first second. At most
 * 100,000 buckets are made.
 */
export function bucketAggregates(
  parts: Iterable<TimedAggregate>,
  range: { fromSecond: number; toSecond: number; intervalSeconds: number },
): { second: number; aggregate: Aggregate | null }[] {
  const { fromSecond, toSecond, intervalSeconds } = range;
  const count = Math.ceil(Math.max(0, toSecond - fromSecond) / intervalSeconds);
  const buckets = Array.from({ length: Math.min(count, bucketCountMax) }, () => emptyAggregate);
  for (const part of parts) {
    const index = Math.floor((part.second - fromSecond) / intervalSeconds);
    const bucket = part.second < toSecond ? buckets[index] : undefined;
    if (bucket) buckets[index] = combine(bucket, part);
  }
  return buckets.map((aggregate, index) => ({
    second: fromSecond + index * intervalSeconds,
    aggregate: aggregate.count === 0 ? null : aggregate,
  }));
}
