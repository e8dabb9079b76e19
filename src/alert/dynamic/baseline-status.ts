import type { Learned, LearnedSeries } from "./baselines.ts";

/** What is known of a rule with a dynamic threshold, for those who ask why it does not fire. Stored by rule. */
export interface BaselineStatus {
  ruleId: string;
  /** End of the history that was learned from; milliseconds. */
  learnedTime: number;
  series: SeriesStatus[];
}

export interface SeriesStatus {
  dimensions: readonly { name: string; value: string }[];
  /** `Learning`: fewer than three days or thirty samples, so that it does not fire. */
  state: "Ready" | "Learning";
  seasonality: string | null;
  sampleCount: number;
  /** Milliseconds; null where nothing was measured. */
  firstSampleTime: number | null;
}

export function baselineStatus(ruleId: string, { endSecond, series }: Learned): BaselineStatus {
  const statuses = Array.from(series.values(), statusOf);
  return { ruleId, learnedTime: endSecond * 1_000, series: statuses };
}

function statusOf(learned: LearnedSeries): SeriesStatus {
  const { dimensions, baseline, firstSecond } = learned;
  return {
    dimensions,
    state: baseline ? "Ready" : "Learning",
    seasonality: baseline?.season.name ?? null,
    sampleCount: baseline?.sampleCount ?? learned.sampleCount,
    firstSampleTime: firstSecond === null ? null : firstSecond * 1_000,
  };
}
