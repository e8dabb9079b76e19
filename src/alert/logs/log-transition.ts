import { isoTime } from "../../common/clock.ts";
import { targetParts } from "../target.ts";
import type { AlertTransition } from "../transition.ts";
import { rowsQuery } from "./compose-query.ts";
import { selectorOf, type WindowQuery } from "./evaluate-log-rule.ts";
import type { AlertFlow } from "./log-detail.ts";
import { criterionOf, type LogRuleResource, secondsOf } from "./log-rule.ts";
import type { LogSeries } from "./log-series.ts";

/** What made a series of a rule change. */
export interface LogCause {
  readonly rule: LogRuleResource;
  readonly series: Omit<LogSeries, "isMet">;
  readonly window: WindowQuery;
  readonly flows: readonly AlertFlow[];
  readonly hasAllFlows: boolean;
}

/** Where a query's rows can be asked for: a link for the scope, without the query. */
export type LinkBase = (scope: string) => string;

/** A link that is longer is of no use, and a payload has room for few. */
const linkLengthMax = 8_000;

type About = Pick<AlertTransition, "monitorCondition" | "alertId" | "firedTime" | "resolvedTime">;

/** A change of one series with all that a notification says of it. */
export function describeLogTransition(
  cause: LogCause,
  about: About,
  linkBase: LinkBase,
): AlertTransition {
  const { rule, series, window } = cause;
  const { properties } = rule;
  const windowSeconds = secondsOf(properties.windowSize);
  return {
    transitionId: `${about.alertId}-${about.monitorCondition.toLowerCase()}`,
    ...about,
    originAlertId: about.alertId,
    ruleId: rule.id,
    ruleName: targetParts(rule.id)?.resourceName ?? rule.id,
    description: properties.description ?? "",
    severity: properties.severity,
    targetResourceId: series.resourceId || (properties.scopes[0] ?? ""),
    windowSize: properties.windowSize,
    windowStartTime: (window.toSecond - windowSeconds) * 1_000,
    windowEndTime: window.toSecond * 1_000,
    criteria: [describeCriterion(cause, linkBase)],
    criteriaType: "LogQueryCriteria",
    customProperties: properties.actions?.customProperties ?? null,
  };
}

function describeCriterion(
  { rule, series, window, flows, hasAllFlows }: LogCause,
  linkBase: LinkBase,
): AlertTransition["criteria"][number] {
  const criterion = criterionOf(rule.properties);
  const { targetResourceTypes, scopes } = rule.properties;
  const link = (text: string): string => resultsLink(linkBase(scopes[0] ?? ""), text, window);
  const only = selectorOf(criterion, [series]);
  return {
    metricName: criterion.metricMeasureColumn ?? "rows",
    metricNamespace: "",
    operator: criterion.operator,
    threshold: criterion.threshold,
    timeAggregation: criterion.timeAggregation,
    dimensions: series.dimensions,
    metricValue: series.value,
    logs: {
      searchQuery: criterion.query,
      metricMeasureColumn: criterion.metricMeasureColumn ?? null,
      targetResourceTypes: targetResourceTypes ?? [],
      failingPeriods: {
        numberOfEvaluationPeriods: criterion.failingPeriods.numberOfEvaluationPeriods,
        minFailingPeriodsToAlert: criterion.failingPeriods.minFailingPeriodsToAlert,
      },
      resultsLink: link(rowsQuery(window.part)),
      filteredResultsLink: link(rowsQuery({ ...window.part, only })),
      flows,
      hasAllFlows,
    },
  };
}

function resultsLink(base: string, text: string, { fromSecond, toSecond }: WindowQuery): string {
  const timespan = `${isoTime(fromSecond * 1_000)}/${isoTime(toSecond * 1_000)}`;
  const link = `${base}?query=${encodeURIComponent(text)}&timespan=${encodeURIComponent(timespan)}`;
  return link.length > linkLengthMax ? "" : link;
}
