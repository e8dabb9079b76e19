import { useTranslation } from "react-i18next";
import { useAlertPreview } from "../../api/alert-previews.ts";
import type { RuleCriterion } from "../../api/alert-rules.ts";
import { Field } from "../../parts/field.tsx";
import { Select } from "../../parts/select.tsx";
import css from "./alerts.module.css";
import { Choice } from "../../parts/choice.tsx";
import { DimensionFields } from "./dimension-fields.tsx";
import { DurationSelect } from "./duration-select.tsx";
import { PeriodFields } from "./period-fields.tsx";
import { QueryField } from "./query-field.tsx";
import {
  fieldErrors,
  metricAggregations,
  staticOperators,
  toPut,
  withCriterion,
} from "./rule-draft.ts";
import type { DraftParts } from "./rule-form.tsx";
import { operatorSigns } from "./rule-words.ts";
import { useSettled } from "./use-settled.ts";

const longDurations = ["P2D", "P7D", "P14D", "P30D", "P90D"];
/** Nothing is evaluated in so short a time: the query is only looked at. */
const checkTimespan = "PT1M";

/** The one condition of a rule that asks in KQL. */
export function LogFields(parts: DraftParts): React.ReactNode {
  const { t } = useTranslation();
  const { draft, change } = parts;
  const errors = { ...useDiagnostics(parts), ...parts.errors };
  const [criterion] = draft.criteria.allOf;
  if (!criterion) return null;
  const of = { ...parts, errors, criterion, at: 0 };
  const put = (changed: Partial<RuleCriterion>): void => change(withCriterion(draft, 0, changed));
  return (
    <div className={css["columns"]}>
      <QueryField
        query={criterion.query ?? ""}
        error={errors["query"] ?? errors["criteria.allOf.0.query"]}
        change={(query) => put({ query })}
      />
      <Select
        label={t("alertForm.measure")}
        value={criterion.timeAggregation}
        choices={metricAggregations.map((each) => ({
          value: each as string,
          words: each === "Count" ? t("alertForm.rows") : t(`alertAggregation.${each}`),
        }))}
        choose={(timeAggregation) => put({ timeAggregation })}
      />
      {criterion.timeAggregation !== "Count" && (
        <Field
          label={t("alertForm.measureColumn")}
          value={criterion.metricMeasureColumn ?? ""}
          required
          error={errors["criteria.allOf.0.metricMeasureColumn"]}
          onChange={({ target }) => put({ metricMeasureColumn: target.value })}
        />
      )}
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
        value={criterion.threshold ?? ""}
        error={errors["criteria.allOf.0.threshold"]}
        onChange={({ target }) => put({ threshold: Number(target.value) })}
      />
      <Field
        label={t("alertForm.resourceColumn")}
        value={criterion.resourceIdColumn ?? ""}
        error={errors["criteria.allOf.0.resourceIdColumn"]}
        hint={t("alertHint.resourceColumn")}
        onChange={({ target }) => put({ resourceIdColumn: target.value || null })}
      />
      <PeriodFields {...of} />
      <DimensionFields {...of} names={null} hint={t("alertHint.columns")} />
      <LogTiming {...parts} />
    </div>
  );
}

/** What the control plane says of the query as it stands, without running it. */
function useDiagnostics({ draft }: DraftParts): Record<string, string> {
  const settled = useSettled(draft);
  const { error } = useAlertPreview({
    properties: toPut(settled, "local"),
    timespan: checkTimespan,
  });
  return error ? fieldErrors(error.message) : {};
}

function LogTiming({ draft, change, errors }: DraftParts): React.ReactNode {
  const { t } = useTranslation();
  const mayMute = draft.autoMitigate === false;
  return (
    <>
      <DurationSelect
        label={t("alertForm.override")}
        value={draft.overrideQueryTimeRange ?? ""}
        none={t("alertForm.asWindow")}
        more={longDurations}
        choose={(value) => change({ ...draft, overrideQueryTimeRange: value || null })}
        hint={t("alertHint.override")}
        error={errors["overrideQueryTimeRange"]}
      />
      {!mayMute && (
        <DurationSelect
          label={t("alertForm.timeToResolve")}
          value={draft.ruleResolveConfiguration?.timeToResolve ?? ""}
          none={t("alertForm.asAzure")}
          choose={(value) =>
            change({
              ...draft,
              ruleResolveConfiguration:
                value === "" ? null : { autoResolved: true, timeToResolve: value },
            })
          }
          hint={t("alertHint.timeToResolve")}
          error={errors["ruleResolveConfiguration.timeToResolve"]}
        />
      )}
      {mayMute && (
        <DurationSelect
          label={t("alertForm.mute")}
          value={draft.muteActionsDuration ?? ""}
          none={t("alertForm.never")}
          choose={(value) => change({ ...draft, muteActionsDuration: value || null })}
          hint={t("alertHint.mute")}
          error={errors["muteActionsDuration"]}
        />
      )}
      <Choice
        label={t("alertForm.skipValidation")}
        isChosen={draft.skipQueryValidation ?? false}
        choose={(skipQueryValidation) => change({ ...draft, skipQueryValidation })}
      />
    </>
  );
}
