import { useAlertPreview } from "../../../api/alert-previews.ts";
import type { RuleProperties } from "../../../api/alert-rules.ts";
import type { MetricQuestion, MetricRule } from "../../../api/metrics.ts";
import { useMetricDefinitions } from "../../../api/rule-targets.ts";
import { secondsOf } from "../../alerts/durations.ts";
import { type Judged, judgedOf } from "./judged-values.ts";

export const isDynamic = (rule: MetricRule | null): boolean =>
  rule?.properties.criteria.allOf[0]?.criterionType === "DynamicThresholdCriterion";

/** Whether the rule's own windows are drawn: those that have a range of their own, and those shorter than a minute. */
export function isDrawnByWindows(rule: MetricRule | null): boolean {
  if (!rule || isDynamic(rule)) return rule !== null;
  const { windowSize, criteria } = rule.properties;
  const isSplit = (criteria.allOf[0]?.dimensions ?? []).length > 0;
  return !isSplit && (secondsOf(windowSize) ?? minuteSeconds) < minuteSeconds;
}

const minuteSeconds = 60;

/**
 * The windows that a rule judged, where those are drawn, with the range that was expected of each then: the engine's own
 * check and learning, over what is recorded.
 */
export function useJudged(
  rule: MetricRule | null,
  question: MetricQuestion | null,
): { judged: Judged | null; error: Error | null } {
  const { data: definitions = [] } = useMetricDefinitions();
  const isAsked = isDrawnByWindows(rule) && question !== null;
  const { data, error } = useAlertPreview(
    isAsked && rule
      ? { properties: propertiesOf(rule, question), timespan: spanOf(question) }
      : null,
  );
  const metricName = question?.criterion.metricName;
  const unit = definitions.find(({ name }) => name.value === metricName)?.unit ?? "";
  return { judged: isAsked && data ? judgedOf(data, unit) : null, error: isAsked ? error : null };
}

/** Of all that the rule is about this host alone. */
const propertiesOf = ({ properties }: MetricRule, { resourceId }: MetricQuestion) =>
  ({ ...properties, scopes: [resourceId] }) as unknown as RuleProperties;

const spanOf = ({ from, to }: MetricQuestion): string =>
  `${new Date(from).toISOString()}/${new Date(to).toISOString()}`;
