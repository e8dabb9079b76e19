import { aggregateValue, type Aggregate } from "../metric/aggregate.ts";
import { metricNamespace } from "../metric/names.ts";
import type { DimensionFilter } from "../metric/query.ts";
import type { AlertCriterion, Operator, StaticCriterion } from "./rule.ts";
import type { EvaluatedCriterion } from "./transition.ts";

/** The measurements of one criterion's window, for each dimension value that it looks at. */
export interface CriterionData {
  dimensions: readonly { name: string; value: string }[];
  /** Null: nothing was measured. */
  aggregate: Aggregate | null;
}

/** `learning`: a dynamic threshold has too little history to expect anything. */
export type Outcome = "met" | "notMet" | "noData" | "learning";

export interface Evaluation {
  outcome: Outcome;
  /** Those criteria that have data, with the value that decided. */
  criteria: EvaluatedCriterion[];
}

export function criterionFilters(criterion: AlertCriterion): DimensionFilter[] {
  return (criterion.dimensions ?? []).map(({ name, operator, values }) => ({
    name,
    operator,
    values,
  }));
}

/**
 * All criteria must be met. One that is not met decides, also where another has no data; no data is never
 * taken for zero. With several dimension values, one that meets the criterion is enough.
 */
export function evaluateRule(
  parts: readonly { criterion: StaticCriterion; data: readonly CriterionData[] }[],
): Evaluation {
  const results = parts.map(({ criterion, data }) => evaluateCriterion(criterion, data));
  const criteria = results.map(({ evaluated }) => evaluated).filter((value) => value !== null);
  if (results.some(({ outcome }) => outcome === "notMet")) return { outcome: "notMet", criteria };
  const noData = results.length === 0 || results.some(({ outcome }) => outcome === "noData");
  return { outcome: noData ? "noData" : "met", criteria };
}

function evaluateCriterion(
  criterion: StaticCriterion,
  data: readonly CriterionData[],
): { outcome: Outcome; evaluated: EvaluatedCriterion | null } {
  const values = data.flatMap(({ dimensions, aggregate }) =>
    aggregate === null
      ? []
      : [{ dimensions, value: aggregateValue(aggregate, criterion.timeAggregation) }],
  );
  const met = values.find(({ value }) => holds(value, criterion.operator, criterion.threshold));
  const shown = met ?? values[0];
  if (!shown) return { outcome: "noData", evaluated: null };
  const evaluated = {
    metricName: criterion.metricName,
    metricNamespace: criterion.metricNamespace ?? metricNamespace,
    operator: criterion.operator,
    threshold: criterion.threshold,
    timeAggregation: criterion.timeAggregation,
    dimensions: shown.dimensions,
    metricValue: shown.value,
  };
  return { outcome: met ? "met" : "notMet", evaluated };
}

/** Whether a value meets a threshold. */
export function holds(value: number, operator: Operator, threshold: number): boolean {
  switch (operator) {
    case "Equals":
      return value === threshold;
    case "GreaterThan":
      return value > threshold;
    case "GreaterThanOrEqual":
      return value >= threshold;
    case "LessThan":
      return value < threshold;
    case "LessThanOrEqual":
      return value <= threshold;
    default:
      return operator satisfies never;
  }
}
