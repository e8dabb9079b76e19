import { parseDurationSeconds } from "../../metric/duration.ts";
import type { DimensionFilter } from "../../metric/query.ts";
import { criterionFilters, type CriterionData, type Evaluation } from "../evaluate.ts";
import type { DynamicCriterion, MetricAlertProperties } from "../rule.ts";
import type { Baselines, Learned } from "./baselines.ts";
import { evaluateDynamic, type PeriodData } from "./evaluate-dynamic.ts";

/** What the engine gives: the measurements of a scope, [fromSecond, toSecond). */
export type WindowSource = (query: {
  resourceId: string;
  metricName: string;
  dimensions: readonly DimensionFilter[];
  fromSecond: number;
  toSecond: number;
}) => Promise<readonly CriterionData[]> | readonly CriterionData[];

/** A rule with a dynamic criterion has no other. */
export function dynamicCriterionOf({ criteria }: MetricAlertProperties): DynamicCriterion | null {
  const [only] = criteria.allOf;
  return only?.criterionType === "DynamicThresholdCriterion" ? only : null;
}

/** Evaluates the windows of the lookback that ends at `second`; null: it is not learned yet what is expected, ask again. */
export async function checkDynamic(
  sources: { learning: Baselines; metrics: WindowSource },
  rule: MetricAlertProperties,
  { criterion, second }: { criterion: DynamicCriterion; second: number },
): Promise<{ evaluation: Evaluation; learned: Learned } | null> {
  const windowSeconds = parseDurationSeconds(rule.windowSize) ?? 300;
  const dimensions = criterionFilters(criterion);
  const { metricName } = criterion;
  const query = { resourceId: rule.scopes[0] ?? "", metricName, dimensions };
  const ignored = criterion.ignoreDataBefore ?? null;
  const learned = await sources.learning.at(
    {
      ...query,
      windowSeconds,
      aggregation: criterion.timeAggregation,
      ignoreBeforeSecond: ignored === null ? null : Math.floor(Date.parse(ignored) / 1_000),
    },
    second,
  );
  if (!learned) return null;
  const periods: PeriodData[] = [];
  for (let back = 0; back < criterion.failingPeriods.numberOfEvaluationPeriods; back++) {
    const toSecond = second - back * windowSeconds;
    const window = { fromSecond: toSecond - windowSeconds, toSecond };
    periods.push({ ...window, data: await sources.metrics({ ...query, ...window }) });
  }
  return { evaluation: evaluateDynamic(criterion, periods, learned), learned };
}
