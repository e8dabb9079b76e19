import { z } from "zod";
import { alertSensitivities, type AlertSensitivity } from "./sensitivity.ts";

/**
 * What a dynamic criterion has instead of a threshold. Source: azure-rest-api-specs, Microsoft.Insights
 * 2018-03-01, metricAlert_API: DynamicMetricCriteria.
 */
export const dynamicThreshold = "DynamicThresholdCriterion";

export const dynamicOperators = ["GreaterThan", "LessThan", "GreaterOrLessThan"] as const;

/** Azure looks at six windows at most. */
const evaluationPeriodCountMax = 6;
const periodCount = z.int().min(1).max(evaluationPeriodCountMax);

const failingPeriods = z
  .looseObject({ numberOfEvaluationPeriods: periodCount, minFailingPeriodsToAlert: periodCount })
  .refine((periods) => periods.minFailingPeriodsToAlert <= periods.numberOfEvaluationPeriods, {
    path: ["minFailingPeriodsToAlert"],
    error: "is greater than numberOfEvaluationPeriods",
  });

const instant = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\d(?:T|$)/.test(text) && !Number.isNaN(Date.parse(text)), {
    error: ({ input }) => `"${String(input).slice(0, 64)}" is not an ISO 8601 time`,
  });

/** The fields that only a dynamic criterion has. */
export const dynamicFields = {
  criterionType: z.literal(dynamicThreshold),
  operator: z.enum(dynamicOperators),
  alertSensitivity: z.enum(alertSensitivities),
  failingPeriods,
  /** Nothing before it is learned from. */
  ignoreDataBefore: instant.nullish(),
};

/** How a dynamic criterion judged, for payloads and reports. Plain data: it is stored with the alert. */
export interface DynamicDetail {
  alertSensitivity: AlertSensitivity;
  failingPeriods: { numberOfEvaluationPeriods: number; minFailingPeriodsToAlert: number };
  ignoreDataBefore: string | null;
  /** The range in which the value was expected. */
  expectedLow: number;
  expectedHigh: number;
  seasonality: string;
  /** Windows that were learned from. */
  sampleCount: number;
  /** Windows outside of their range, of `numberOfEvaluationPeriods`. */
  failingPeriodCount: number;
  /** End of the window whose value is shown: the newest that was outside, or the newest. Milliseconds. */
  valueTime: number;
}
