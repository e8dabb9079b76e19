import { isoTime } from "../common/clock.ts";
import type { DynamicDetail } from "./dynamic/criterion.ts";
import type { LogDetail } from "./logs/log-detail.ts";

/** One criterion as it was evaluated. */
export interface EvaluatedCriterion {
  metricName: string;
  metricNamespace: string;
  operator: string;
  threshold: number;
  timeAggregation: string;
  dimensions: readonly { name: string; value: string }[];
  /** Null only of a log alert that is resolved, when there is nothing left to measure. */
  metricValue: number | null;
  /** Of a log alert; `metricName` is then the column that is measured, or "rows". */
  logs?: LogDetail;
  /** Of a dynamic criterion; `threshold` is then the bound of the expected range that decided. */
  dynamic?: DynamicDetail;
}

/** A change of a rule's state, with all that a payload says of it. Plain data: it is stored. */
export interface AlertTransition {
  /** Unique for each change: the alert's id and what it became. */
  transitionId: string;
  monitorCondition: "Fired" | "Resolved";
  /** The same for the firing and the resolution of one alert; a GUID. */
  alertId: string;
  originAlertId: string;
  ruleId: string;
  ruleName: string;
  description: string;
  severity: number;
  /** As the rule's scope has it. */
  targetResourceId: string;
  /** Milliseconds since the epoch. */
  firedTime: number;
  resolvedTime: number | null;
  /** ISO 8601, as the rule has it. */
  windowSize: string;
  windowStartTime: number;
  windowEndTime: number;
  criteria: readonly EvaluatedCriterion[];
  /** As the rule names them, without "Microsoft.Azure.Monitor."; absent in what older versions stored. */
  criteriaType?: string;
  customProperties: Readonly<Record<string, string>> | null;
}

/** A time in a payload: Azure drops the zeros at the end of the fraction (`02:06:12.4Z`). */
export function payloadTime(milliseconds: number): string {
  return isoTime(milliseconds).replace(/(?:\.000|(\.\d*[1-9])0+)Z$/, "$1Z");
}

/** True for the alert of a query over logs. */
export const isLogAlert = ({ criteria }: Pick<AlertTransition, "criteria">): boolean =>
  criteria.some(({ logs }) => logs);

/** The rule's id with the provider spelt as alerts spell it: lower case. */
export function payloadRuleId(ruleId: string): string {
  return ruleId.replace(/\/providers\/microsoft\.insights\//i, "/providers/microsoft.insights/");
}

/** The kind of condition, as both schemas name it. */
export function payloadConditionType({ criteria, criteriaType }: AlertTransition): string {
  if (isLogAlert({ criteria })) return "LogQueryCriteria";
  if (criteria.some(({ dynamic }) => dynamic)) return "DynamicThresholdCriteria";
  return criteriaType ?? "SingleResourceMultipleMetricCriteria";
}

/**
 * A criterion in the key order of both schemas, with the threshold as text. Azure's samples of a dynamic one have
 * `webTestName` in the legacy schema only.
 */
export function payloadCriterion(
  criterion: EvaluatedCriterion,
  schema: "common" | "legacy",
): Record<string, unknown> {
  const { dynamic, logs } = criterion;
  if (logs) return payloadLogs(criterion, logs);
  return {
    ...(dynamic && payloadDynamic(dynamic)),
    metricName: criterion.metricName,
    metricNamespace: criterion.metricNamespace,
    operator: criterion.operator,
    threshold: String(criterion.threshold),
    timeAggregation: criterion.timeAggregation,
    dimensions: criterion.dimensions.map(({ name, value }) => ({ name, value })),
    metricValue: criterion.metricValue,
    ...(dynamic && schema === "common" ? {} : { webTestName: null }),
    ...(dynamic && { nightcapBaseline: payloadBaseline(dynamic) }),
  };
}

/** What Azure says of a query's criterion; the flows are ours. */
function payloadLogs(criterion: EvaluatedCriterion, logs: LogDetail): Record<string, unknown> {
  return {
    searchQuery: logs.searchQuery,
    metricMeasureColumn: logs.metricMeasureColumn,
    targetResourceTypes: `[${logs.targetResourceTypes.map((type) => `'${type}'`).join(",")}]`,
    operator: criterion.operator,
    threshold: String(criterion.threshold),
    timeAggregation: criterion.timeAggregation,
    dimensions: criterion.dimensions.map(({ name, value }) => ({ name, value })),
    metricValue: criterion.metricValue,
    failingPeriods: logs.failingPeriods,
    linkToSearchResultsUI: logs.resultsLink,
    linkToFilteredSearchResultsUI: logs.filteredResultsLink,
    linkToSearchResultsAPI: logs.resultsLink,
    linkToFilteredSearchResultsAPI: logs.filteredResultsLink,
    nightcapFlows: logs.flows,
    nightcapHasAllFlows: logs.hasAllFlows,
  };
}

/** Azure puts these three first. */
function payloadDynamic(dynamic: DynamicDetail): Record<string, unknown> {
  const { numberOfEvaluationPeriods, minFailingPeriodsToAlert } = dynamic.failingPeriods;
  return {
    alertSensitivity: dynamic.alertSensitivity,
    failingPeriods: { numberOfEvaluationPeriods, minFailingPeriodsToAlert },
    ignoreDataBefore: dynamic.ignoreDataBefore,
  };
}

/** Why the value was not expected: Azure says the one bound only. */
function payloadBaseline(dynamic: DynamicDetail): Record<string, unknown> {
  const { expectedLow, expectedHigh, seasonality, sampleCount, failingPeriodCount } = dynamic;
  const valueWindowEndTime = isoTime(dynamic.valueTime);
  const range = { expectedLow, expectedHigh, seasonality, sampleCount };
  return { ...range, failingPeriodCount, valueWindowEndTime };
}
