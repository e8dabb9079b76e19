import { useTranslation } from "react-i18next";
import { useMetricDefinitions } from "../../api/rule-targets.ts";
import { Field } from "../../parts/field.tsx";
import { Select } from "../../parts/select.tsx";
import css from "./alerts.module.css";
import { DimensionFields } from "./dimension-fields.tsx";
import { AggregationSelect, dimensionsOf, MetricSelect } from "./metric-fields.tsx";
import { PeriodFields } from "./period-fields.tsx";
import { dynamicOperators, sensitivities, withCriterion } from "./rule-draft.ts";
import type { DraftParts } from "./rule-form.tsx";

/** The one condition of a rule that learns what is usual. */
export function DynamicFields(parts: DraftParts): React.ReactNode {
  const { t } = useTranslation();
  const { data: definitions = [] } = useMetricDefinitions();
  const { draft, change, errors } = parts;
  const [criterion] = draft.criteria.allOf;
  if (!criterion) return null;
  const of = { ...parts, criterion, at: 0 };
  const before = criterion.ignoreDataBefore ?? "";
  return (
    <div className={css["columns"]}>
      <MetricSelect {...of} definitions={definitions} />
      <AggregationSelect {...of} />
      <Select
        label={t("alertForm.operator")}
        value={criterion.operator}
        choices={dynamicOperators.map((each) => ({
          value: each as string,
          words: t(`alertSide.${each}`),
        }))}
        choose={(operator) => change(withCriterion(draft, 0, { operator }))}
      />
      <Select
        label={t("alertForm.sensitivity")}
        value={criterion.alertSensitivity ?? "Medium"}
        choices={sensitivities.map((each) => ({
          value: each as string,
          words: t(`alertSensitivity.${each}`),
        }))}
        choose={(alertSensitivity) => change(withCriterion(draft, 0, { alertSensitivity }))}
        hint={t("alertHint.sensitivity")}
      />
      <PeriodFields {...of} />
      <Field
        label={t("alertForm.ignoreBefore")}
        type="datetime-local"
        value={before === "" ? "" : localTime(before)}
        error={errors["criteria.allOf.0.ignoreDataBefore"]}
        hint={t("alertHint.ignoreBefore")}
        onChange={({ target }) =>
          change(
            withCriterion(draft, 0, {
              ignoreDataBefore: target.value === "" ? null : new Date(target.value).toISOString(),
            }),
          )
        }
      />
      <DimensionFields
        {...of}
        names={dimensionsOf(definitions, criterion.metricName ?? "")}
        hint={t("alertHint.dimensions")}
      />
    </div>
  );
}

/** As the browser's own field has it: the reader's zone, no seconds. */
function localTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  const shifted = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
