import { aggregateValue } from "../../metric/aggregate.ts";
import { metricNamespace } from "../../metric/names.ts";
import type { CriterionData, Evaluation } from "../evaluate.ts";
import type { DynamicCriterion } from "../rule.ts";
import type { EvaluatedCriterion } from "../transition.ts";
import { dimensionKey, type Learned } from "./baselines.ts";
import { expectedRange, type ExpectedRange } from "./expected-range.ts";
import type { Baseline } from "./learn.ts";

/** The measurements of one of the windows looked at, for each dimension value. */
export interface PeriodData {
  fromSecond: number;
  toSecond: number;
  data: readonly CriterionData[];
}

interface Judged {
  value: number;
  toSecond: number;
  range: ExpectedRange;
  outside: boolean;
}

/**
 * `periods`: the windows of the lookback, newest first. Met when enough of them are outside of their ranges; the
 * first dimension value of which that is true is told.
 */
export function evaluateDynamic(
  criterion: DynamicCriterion,
  periods: readonly PeriodData[],
  learned: Learned,
): Evaluation {
  const newest = (periods[0]?.data ?? []).filter(({ aggregate }) => aggregate !== null);
  if (newest.length === 0) return { outcome: "noData", criteria: [] };
  const results = newest.flatMap(({ dimensions }) => {
    const baseline = learned.series.get(dimensionKey(dimensions))?.baseline;
    const judged = baseline ? judge(criterion, baseline, { periods, dimensions }) : [];
    return baseline && judged.length > 0 ? [{ dimensions, baseline, judged }] : [];
  });
  const isMet = ({ judged }: { judged: readonly Judged[] }): boolean =>
    failing(judged).length >= criterion.failingPeriods.minFailingPeriodsToAlert;
  const met = results.find(isMet);
  const shown = met ?? results[0];
  if (!shown) return { outcome: "learning", criteria: [] };
  return { outcome: met ? "met" : "notMet", criteria: [describe(criterion, shown)] };
}

const failing = (judged: readonly Judged[]): Judged[] => judged.filter(({ outside }) => outside);

function judge(
  criterion: DynamicCriterion,
  baseline: Baseline,
  { periods, dimensions }: Pick<CriterionData, "dimensions"> & { periods: readonly PeriodData[] },
): Judged[] {
  const key = dimensionKey(dimensions);
  return periods.flatMap(({ fromSecond, toSecond, data }) => {
    const aggregate = data.find((one) => dimensionKey(one.dimensions) === key)?.aggregate ?? null;
    const range = expectedRange(baseline, criterion.alertSensitivity, { fromSecond, toSecond });
    if (aggregate === null || range === null) return [];
    const value = aggregateValue(aggregate, criterion.timeAggregation);
    return [{ value, toSecond, range, outside: isOutside(criterion, value, range) }];
  });
}

function isOutside(
  { operator }: DynamicCriterion,
  value: number,
  { low, high }: ExpectedRange,
): boolean {
  return (operator !== "LessThan" && value > high) || (operator !== "GreaterThan" && value < low);
}

function describe(
  criterion: DynamicCriterion,
  {
    dimensions,
    baseline,
    judged,
  }: Pick<CriterionData, "dimensions"> & { baseline: Baseline; judged: readonly Judged[] },
): EvaluatedCriterion {
  const failed = failing(judged);
  const { value, toSecond, range } = (failed[0] ?? judged[0]) as Judged;
  const isLow = criterion.operator !== "GreaterThan" && value < range.low;
  const threshold = isLow || criterion.operator === "LessThan" ? range.low : range.high;
  return {
    metricName: criterion.metricName,
    metricNamespace: criterion.metricNamespace ?? metricNamespace,
    operator: criterion.operator,
    threshold,
    timeAggregation: criterion.timeAggregation,
    dimensions,
    metricValue: value,
    dynamic: {
      alertSensitivity: criterion.alertSensitivity,
      failingPeriods: criterion.failingPeriods,
      ignoreDataBefore: criterion.ignoreDataBefore ?? null,
      expectedLow: range.low,
      expectedHigh: range.high,
      seasonality: baseline.season.name,
      sampleCount: baseline.sampleCount,
      failingPeriodCount: failed.length,
      valueTime: toSecond * 1_000,
    },
  };
}
