import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import type { AlertRule, RuleCriterion, RuleProperties } from "../../api/alert-rules.ts";
import { type MetricDefinition, useMetricDefinitions } from "../../api/rule-targets.ts";
import { type Formats, useFormats } from "../../words/moments.ts";
import { durationWords } from "./durations.ts";

export type RuleKind = "static" | "dynamic" | "log";

export function kindOf({ criteria }: Pick<RuleProperties, "criteria">): RuleKind {
  const [first] = criteria.allOf;
  if (first?.query !== undefined) return "log";
  return first?.criterionType === "DynamicThresholdCriterion" ? "dynamic" : "static";
}

export const operatorSigns: Readonly<Record<string, string>> = {
  GreaterThan: ">",
  GreaterThanOrEqual: "≥",
  LessThan: "<",
  LessThanOrEqual: "≤",
  Equals: "=",
};

/** A rule in words: its condition as a sentence, and values of a metric with their unit. */
export interface RuleWords {
  readonly condition: (rule: Pick<AlertRule, "properties">) => string;
  readonly value: (metricName: string, value: number) => string;
}

export function useRuleWords(): RuleWords {
  const { t, i18n } = useTranslation();
  const formats = useFormats();
  const { data: definitions = [] } = useMetricDefinitions();
  const value = valueWords(formats, definitions);
  return {
    value,
    condition: ({ properties }) => conditionOf(properties, { t, value, language: i18n.language }),
  };
}

const valueWords =
  ({ bytes, number }: Formats, definitions: readonly MetricDefinition[]) =>
  (metricName: string, value: number): string => {
    const unit = definitions.find(({ name }) => name.value === metricName)?.unit;
    if (unit === "Bytes") return bytes(value);
    return unit === "Percent" ? `${number(value)} %` : number(value);
  };

interface Telling {
  t: TFunction;
  value: RuleWords["value"];
  language: string;
}

function conditionOf(properties: RuleProperties, telling: Telling): string {
  const { t, language } = telling;
  const { criteria, windowSize, evaluationFrequency } = properties;
  const [first] = criteria.allOf;
  const times = {
    window: durationWords(windowSize, language),
    frequency: durationWords(evaluationFrequency, language),
  };
  if (!first) return "";
  const kind = kindOf(properties);
  if (kind === "dynamic") return dynamicWords(first, { ...times, t });
  const tell = kind === "log" ? logWords : staticWords;
  const conditions = criteria.allOf.map((criterion) => tell(criterion, telling));
  return t("alertSentence.whole", { condition: conditions.join(t("alertSentence.and")), ...times });
}

function staticWords(criterion: RuleCriterion, { t, value }: Telling): string {
  const { metricName = "", timeAggregation, operator, threshold = 0 } = criterion;
  return t("alertSentence.static", {
    metric: metricName,
    aggregation: t(`alertAggregation.${timeAggregation}`),
    operator: operatorSigns[operator] ?? operator,
    threshold: value(metricName, threshold),
    by: splitWords(criterion, t),
  });
}

function logWords(criterion: RuleCriterion, { t, value }: Telling): string {
  const { metricMeasureColumn, timeAggregation, operator, threshold = 0 } = criterion;
  const what =
    timeAggregation === "Count"
      ? t("alertSentence.rows")
      : t("alertSentence.column", {
          column: metricMeasureColumn,
          aggregation: t(`alertAggregation.${timeAggregation}`),
        });
  return t("alertSentence.log", {
    what,
    operator: operatorSigns[operator] ?? operator,
    threshold: value("", threshold),
    by: splitWords(criterion, t),
  });
}

const splitWords = ({ dimensions }: RuleCriterion, t: TFunction): string =>
  (dimensions ?? []).length === 0
    ? ""
    : t("alertSentence.by", { names: (dimensions ?? []).map(({ name }) => name).join(", ") });

function dynamicWords(
  { metricName, timeAggregation, operator, alertSensitivity, failingPeriods }: RuleCriterion,
  { t, ...times }: { t: TFunction; window: string; frequency: string },
): string {
  return t("alertSentence.dynamic", {
    ...times,
    metric: metricName,
    aggregation: t(`alertAggregation.${timeAggregation}`),
    side: t(`alertSide.${operator}`),
    sensitivity: t(`alertSensitivity.${alertSensitivity ?? "Medium"}`),
    failing: failingPeriods?.minFailingPeriodsToAlert ?? 1,
    periods: failingPeriods?.numberOfEvaluationPeriods ?? 1,
  });
}
