import { useTranslation } from "react-i18next";
import { Field } from "../../parts/field.tsx";
import type { CriterionParts } from "./metric-fields.tsx";
import { withCriterion } from "./rule-draft.ts";

const periodCountMax = 6;
const onePeriod = { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 };

/** How many of the last windows must be met. */
export function PeriodFields({
  criterion,
  at,
  draft,
  change,
  errors,
}: CriterionParts): React.ReactNode {
  const { t } = useTranslation();
  const periods = criterion.failingPeriods ?? onePeriod;
  const put = (changed: Partial<typeof onePeriod>): void =>
    change(withCriterion(draft, at, { failingPeriods: { ...periods, ...changed } }));
  const path = `criteria.allOf.${at}.failingPeriods`;
  const range = { type: "number", min: 1, max: periodCountMax, required: true } as const;
  return (
    <>
      <Field
        {...range}
        label={t("alertForm.failing")}
        value={periods.minFailingPeriodsToAlert}
        error={errors[`${path}.minFailingPeriodsToAlert`]}
        hint={t("alertHint.failing")}
        onChange={({ target }) => put({ minFailingPeriodsToAlert: Number(target.value) })}
      />
      <Field
        {...range}
        label={t("alertForm.periods")}
        value={periods.numberOfEvaluationPeriods}
        error={errors[`${path}.numberOfEvaluationPeriods`]}
        hint={t("alertHint.periods")}
        onChange={({ target }) => put({ numberOfEvaluationPeriods: Number(target.value) })}
      />
    </>
  );
}
