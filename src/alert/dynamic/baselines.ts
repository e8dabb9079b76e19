import type { MetricHistory } from "../../metric/query.ts";
import type { AggregationName } from "../../metric/names.ts";
import type { DimensionFilter } from "../../metric/query.ts";
import { historySeconds, learnBaseline, type Baseline } from "./learn.ts";
import { samplesOf } from "./samples.ts";

/** One series, or several where a dimension is split. */
export interface BaselineQuery {
  resourceId: string;
  metricName: string;
  dimensions: readonly DimensionFilter[];
  windowSeconds: number;
  aggregation: AggregationName;
  /** Since the epoch; null: everything that is kept counts. */
  ignoreBeforeSecond: number | null;
}

export type HistorySource = (query: {
  resourceId: string;
  metricName: string;
  dimensions: readonly DimensionFilter[];
  fromSecond: number;
  toSecond: number;
  intervalSeconds: number;
}) => Promise<readonly MetricHistory[]> | readonly MetricHistory[];

/** What was learned of one series. */
export interface LearnedSeries {
  dimensions: readonly { name: string; value: string }[];
  /** Null where there is too little history. */
  baseline: Baseline | null;
  sampleCount: number;
  firstSecond: number | null;
}

export interface Learned {
  /** End of the history; seconds since the epoch. */
  endSecond: number;
  /** By `dimensionKey`. */
  series: ReadonlyMap<string, LearnedSeries>;
}

export interface Baselines {
  /** What was known at `second`; null when too much was learned in this pass: ask again in the next. */
  at(query: BaselineQuery, second: number): Promise<Learned | null>;
  beginPass(): void;
}

const hourSeconds = 3_600;
/** A minute is written some seconds after it; until then it is left out. */
const settleSeconds = 600;
/** Queries learned between two looks at the clock; each takes some tens of milliseconds. */
export const learnedPerPassMax = 2;
/** Series kept, of about 20 kB each; the one that was learned first goes first. */
export const baselineCountMax = 5_000;
/** Values of a dimension of one rule. */
export const seriesPerQueryMax = 100;

export const dimensionKey = (dimensions: readonly { name: string; value: string }[]): string =>
  JSON.stringify(dimensions.map(({ name, value }) => [name.toLowerCase(), value]));

/**
 * Learns each query's baselines anew once an hour, at a minute of its own, from the history that ended at that
 * minute: what is expected at a time depends on the archive and the time alone, so it is the same after a restart.
 */
export function createBaselines(history: HistorySource): Baselines {
  const known = new Map<string, Learned>();
  let learnedInPass = 0;
  return {
    beginPass() {
      learnedInPass = 0;
    },
    async at(query, second) {
      const key = JSON.stringify([query.resourceId.toLowerCase(), { ...query, resourceId: "" }]);
      const endSecond = learnTime(key, second);
      const found = known.get(key);
      if (found?.endSecond === endSecond) return found;
      if (learnedInPass >= learnedPerPassMax) return null;
      learnedInPass++;
      const learned = await learn(history, query, endSecond);
      known.delete(key);
      known.set(key, learned);
      forgetOldest(known);
      return learned;
    },
  };
}

/** The last time at or before `second` at which this query is learned. */
function learnTime(key: string, second: number): number {
  const phase = settleSeconds + (textHash(key) % (hourSeconds - settleSeconds));
  return Math.floor((second - phase) / hourSeconds) * hourSeconds;
}

/** FNV-1a. */
function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

async function learn(
  history: HistorySource,
  query: BaselineQuery,
  endSecond: number,
): Promise<Learned> {
  const { resourceId, metricName, dimensions, windowSeconds } = query;
  const toSecond = Math.floor(endSecond / windowSeconds) * windowSeconds;
  const oldest = toSecond - historySeconds(windowSeconds);
  const fromSecond = Math.max(oldest, query.ignoreBeforeSecond ?? oldest);
  const window = { fromSecond, toSecond, intervalSeconds: windowSeconds };
  const found = await history({ resourceId, metricName, dimensions, ...window });
  const series = found.slice(0, seriesPerQueryMax).map((one) => {
    const samples = samplesOf(one.windows, windowSeconds, query.aggregation);
    const learned = {
      dimensions: one.dimensions,
      baseline: learnBaseline(samples, toSecond),
      sampleCount: samples.starts.length,
      firstSecond: samples.starts[0] ?? null,
    };
    return [dimensionKey(one.dimensions), learned] as const;
  });
  return { endSecond, series: new Map(series) };
}

function forgetOldest(known: Map<string, Learned>): void {
  let count = 0;
  for (const { series } of known.values()) count += series.size;
  for (const [key, { series }] of known) {
    if (count <= baselineCountMax || known.size === 1) return;
    known.delete(key);
    count -= series.size;
  }
}
