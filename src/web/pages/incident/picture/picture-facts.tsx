import { useTranslation } from "react-i18next";
import { intervalOf } from "../../../api/metric-interval.ts";
import type { MetricCriterion, MetricRule } from "../../../api/metrics.ts";
import { durationWords } from "../../alerts/durations.ts";
import { useRuleWords } from "../../alerts/rule-words.ts";
import css from "./picture.module.css";

interface Range {
  low: number;
  high: number;
}

/** What the picture shows, in words: the rule's condition, what was expected when it fired, and what is missing. */
export function PictureFacts({
  rule,
  criterion,
  threshold,
  expected,
  missing,
  isJudged,
}: {
  rule: MetricRule | null;
  criterion: MetricCriterion | null;
  threshold: number | null;
  /** Of a rule that learns: the range at the firing. */
  expected: Range | null;
  /** What cannot be shown, and why. */
  missing: readonly string[];
  /** The line has the rule's own windows. */
  isJudged: boolean;
}): React.ReactNode {
  const { t, i18n } = useTranslation();
  const { value } = useRuleWords();
  const shown = (amount: number): string => value(criterion?.metricName ?? "", amount);
  const ofThreshold = isJudged ? "picture.judged" : "picture.threshold";
  const sentence = criterion?.threshold === undefined ? "picture.band" : ofThreshold;
  return (
    <ul className={css["facts"]}>
      {missing.map((why) => (
        <li key={why}>{why}</li>
      ))}
      {rule && criterion && (
        <li>
          {t(sentence, {
            aggregation: t(`alertAggregation.${criterion.timeAggregation}`),
            operator: t(`operator.${criterion.operator}`),
            side: t(`alertSide.${criterion.operator}`),
            sensitivity: t(`alertSensitivity.${criterion.alertSensitivity ?? "Medium"}`),
            threshold: shown(criterion.threshold ?? 0),
            window: durationWords(rule.properties.windowSize, i18n.language),
            interval: durationWords(
              intervalOf(criterion.timeAggregation, rule.properties.windowSize),
              i18n.language,
            ),
          })}
        </li>
      )}
      {!rule && threshold !== null && (
        <li>{t("picture.thresholdThen", { threshold: shown(threshold) })}</li>
      )}
      {expected && (
        <li>
          {t("picture.expectedThen", { low: shown(expected.low), high: shown(expected.high) })}
        </li>
      )}
    </ul>
  );
}
