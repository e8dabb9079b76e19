import type { ChangeMetric, ChangeUnit } from "./change-answer.ts";
import { sum } from "./flow-changes.ts";

export interface MetricShape {
  unit: ChangeUnit;
  /** What is added up, places of `sum`. */
  sums: readonly number[];
  /** The value is `sums` divided by this sum, not by the time. */
  per: number | null;
  /** `bytes sent`, as a sentence says it. */
  noun: string;
}

export const metricShapes: Record<ChangeMetric, MetricShape> = {
  bytesOut: { unit: "bytes/s", sums: [sum.bytesOut], per: null, noun: "bytes out" },
  bytesIn: { unit: "bytes/s", sums: [sum.bytesIn], per: null, noun: "bytes in" },
  packetsOut: { unit: "packets/s", sums: [sum.packetsOut], per: null, noun: "packets out" },
  packetsIn: { unit: "packets/s", sums: [sum.packetsIn], per: null, noun: "packets in" },
  connections: { unit: "connections/s", sums: [sum.begun], per: null, noun: "connections" },
  retransmissions: {
    unit: "segments/s",
    sums: [sum.resentOut, sum.resentIn],
    per: null,
    noun: "retransmissions",
  },
  latency: { unit: "milliseconds", sums: [sum.answerTime], per: sum.answers, noun: "waiting time" },
  denied: { unit: "attempts/s", sums: [sum.denied], per: null, noun: "refused attempts" },
};

/** What a part of a flow adds to the metric. */
export function amountOf({ sums }: MetricShape, part: ArrayLike<number>): number {
  let amount = 0;
  for (const at of sums) amount += part[at] ?? 0;
  return amount;
}

/** What the amount is divided by; 0 where the metric is divided by time. */
export const weightOf = ({ per }: MetricShape, part: ArrayLike<number>): number =>
  per === null ? 0 : (part[per] ?? 0);

/** Sums of one thing in both parts. */
export interface Pair {
  before: number;
  after: number;
  /** Answers, where the metric is their mean. */
  weightBefore: number;
  weightAfter: number;
}

/** Seconds of both parts; before is 0 when nothing was recorded then. */
export interface Spans {
  before: number;
  after: number;
}

/** Values of a pair in the metric's unit. */
export function valuesOf(
  pair: Pair,
  { per }: MetricShape,
  spans: Spans,
): { before: number; after: number } {
  const divide = (amount: number, by: number): number => (by > 0 ? amount / by : 0);
  return per === null
    ? { before: divide(pair.before, spans.before), after: divide(pair.after, spans.after) }
    : {
        before: divide(pair.before, pair.weightBefore),
        after: divide(pair.after, pair.weightAfter),
      };
}

/**
 * How much something has grown: by its rate, or by the time that its answers took beyond what they took before.
 * What was not there before is measured against the mean of all that was.
 */
export function growthOf(
  pair: Pair,
  shape: MetricShape,
  { spans, usual }: { spans: Spans; usual: number },
): number {
  const { before, after } = valuesOf(pair, shape, spans);
  if (shape.per === null) return Math.max(0, after - before);
  const expected = pair.weightBefore > 0 ? before : usual;
  return Math.max(0, after - expected) * pair.weightAfter;
}
