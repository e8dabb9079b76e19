import { useTranslation } from "react-i18next";
import type { RuleCriterion } from "../../api/alert-rules.ts";
import type { MetricDefinition } from "../../api/rule-targets.ts";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Select } from "../../parts/select.tsx";
import css from "./alerts.module.css";
import { DimensionFields } from "./dimension-fields.tsx";
import { metricAggregations, staticOperators, withCriterion } from "./rule-draft.ts";
import type { DraftParts } from "./rule-form.tsx";
import { operatorSigns, useRuleWords } from "./rule-words.ts";

export type CriterionParts = DraftParts & {
  criterion: RuleCriterion;
  /** Which condition of the rule it is. */
  at: number;
};

/** One condition with a threshold that is told. */
export function MetricFields({
  definitions,
  remove,
  ...parts
}: CriterionParts & {
  definitions: readonly MetricDefinition[];
  remove: (() => void) | null;
}): React.ReactNode {
  const { t } = useTranslation();
  const { value } = useRuleWords();
  const { criterion, at, draft, change, errors } = parts;
  const put = (changed: Partial<RuleCriterion>): void => change(withCriterion(draft, at, changed));
  const { threshold, metricName = "" } = criterion;
  return (
    <div className={css["criterion"]}>
      <div className={css["columns"]}>
        <MetricSelect {...parts} definitions={definitions} />
        <AggregationSelect {...parts} />
        <Select
          label={t("alertForm.operator")}
          value={criterion.operator}
          choices={staticOperators.map((each) => ({
            value: each as string,
            words: `${operatorSigns[each]} ${t(`alertOperator.${each}`)}`,
          }))}
          choose={(operator) => put({ operator })}
        />
        <Field
          label={t("alertForm.threshold")}
          type="number"
          step="any"
          required
          value={threshold ?? ""}
          error={errors[`criteria.allOf.${at}.threshold`]}
          hint={threshold === undefined ? undefined : value(metricName, threshold)}
          onChange={({ target }) =>
            change(
              withCriterion(draft, at, {
                threshold: (target.value === "" ? undefined : Number(target.value)) as number,
              }),
            )
          }
        />
        <DimensionFields
          {...parts}
          names={dimensionsOf(definitions, metricName)}
          hint={t("alertHint.dimensions")}
        />
        {remove && (
          <Button kind="quiet" onClick={remove}>
            {t("alertForm.removeCriterion")}
          </Button>
        )}
      </div>
    </div>
  );
}

export const dimensionsOf = (
  definitions: readonly MetricDefinition[],
  metricName: string,
): string[] =>
  (definitions.find(({ name }) => name.value === metricName)?.dimensions ?? []).map(
    ({ value }) => value,
  );

/** What is measured; another metric brings its own aggregation, and has other dimensions. */
export function MetricSelect({
  definitions,
  criterion,
  at,
  draft,
  change,
  errors,
}: CriterionParts & { definitions: readonly MetricDefinition[] }): React.ReactNode {
  const { t } = useTranslation();
  const { metricName = "" } = criterion;
  const names = definitions.map(({ name }) => name.value);
  const all = names.includes(metricName) ? names : [metricName, ...names];
  const found = definitions.find(({ name }) => name.value === metricName);
  const choose = (name: string): void => {
    const next = definitions.find((each) => each.name.value === name);
    const timeAggregation = next?.primaryAggregationType ?? criterion.timeAggregation;
    change(withCriterion(draft, at, { metricName: name, timeAggregation, dimensions: [] }));
  };
  const error = errors[`criteria.allOf.${at}.metricName`];
  return (
    <div>
      <Select
        label={t("alertForm.metric")}
        value={metricName}
        choices={all.map((value) => ({ value, words: value }))}
        choose={choose}
        hint={found?.displayDescription}
      />
      {error !== undefined && <p className={css["error"]}>{error}</p>}
    </div>
  );
}

export function AggregationSelect({
  criterion,
  at,
  draft,
  change,
}: CriterionParts): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Select
      label={t("alertForm.aggregation")}
      value={criterion.timeAggregation}
      choices={metricAggregations.map((each) => ({
        value: each as string,
        words: t(`alertAggregation.${each}`),
      }))}
      choose={(timeAggregation) => change(withCriterion(draft, at, { timeAggregation }))}
    />
  );
}
