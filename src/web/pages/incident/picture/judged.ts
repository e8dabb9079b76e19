import { useAlertPreview } from "../../../api/alert-previews.ts";
import type { RuleProperties } from "../../../api/alert-rules.ts";
import type { MetricQuestion, MetricRule } from "../../../api/metrics.ts";
import { useMetricDefinitions } from "../../../api/rule-targets.ts";
import { type Judged, judgedOf } from "./judged-values.ts";

export const isDynamic = (rule: MetricRule | null): boolean =>
  rule?.properties.criteria.allOf[0]?.criterionType === "DynamicThresholdCriterion";

/**
 * The windows that a rule with a dynamic threshold judged, each with the range that was expected of it then: the
 * engine's own check and learning, over what is recorded. Of other rules nothing is asked.
 */
export function useJudged(
  rule: MetricRule | null,
  question: MetricQuestion | null,
): { judged: Judged | null; error: Error | null } {
  const { data: definitions = [] } = useMetricDefinitions();
  const isAsked = isDynamic(rule) && question !== null;
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
