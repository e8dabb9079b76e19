import type { EvaluatedCriterion, AlertTransition } from "./transition.ts";

/** The alert types of a test notification that rules here can make, as Azure names them. */
export const sampleTypes = ["metricstaticthreshold", "metricsdynamicthreshold"] as const;
export type SampleType = (typeof sampleTypes)[number];

const windowMilliseconds = 300_000;

/**
 * An alert that never was, for trying an action group: of Azure's sample names, in the caller's own
 * group. Rules and machines of these names need not be there.
 */
export function sampleTransition(options: {
  type: SampleType;
  /** Unique for each test. */
  id: string;
  /** `/subscriptions/ID/resourceGroups/NAME` */
  group: string;
  time: number;
}): AlertTransition {
  const { type, id, group, time } = options;
  const windowEndTime = Math.floor(time / 60_000) * 60_000;
  const isDynamic = type === "metricsdynamicthreshold";
  const criterion = isDynamic ? dynamicCriterion(windowEndTime) : staticCriterion;
  return {
    transitionId: id,
    monitorCondition: "Fired",
    alertId: id,
    originAlertId: `${id}_test-notification`,
    ruleId: `${group}/providers/Microsoft.Insights/metricAlerts/test-metricAlertRule`,
    ruleName: "test-metricAlertRule",
    description: "Test notification: no rule has fired",
    severity: 3,
    targetResourceId: `${group}/providers/Microsoft.Compute/virtualMachines/test-VM`,
    firedTime: time,
    resolvedTime: null,
    windowSize: "PT5M",
    windowStartTime: windowEndTime - windowMilliseconds,
    windowEndTime,
    criteria: [criterion],
    customProperties: null,
  };
}

const staticCriterion: EvaluatedCriterion = {
  metricName: "Network Out Total",
  metricNamespace: "Microsoft.Compute/virtualMachines",
  operator: "GreaterThan",
  threshold: 1_000_000,
  timeAggregation: "Total",
  dimensions: [],
  metricValue: 2_500_000,
};

const dynamicCriterion = (valueTime: number): EvaluatedCriterion => ({
  ...staticCriterion,
  operator: "GreaterOrLessThan",
  dynamic: {
    alertSensitivity: "Medium",
    failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 4 },
    ignoreDataBefore: null,
    expectedLow: 200_000,
    expectedHigh: 1_000_000,
    seasonality: "none",
    sampleCount: 288,
    failingPeriodCount: 4,
    valueTime,
  },
});
