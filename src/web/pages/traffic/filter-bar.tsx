import { useTranslation } from "react-i18next";
import { Select } from "../../parts/select.tsx";
import { AddFilter } from "./add-filter.tsx";
import { FilterChips } from "./filter-chips.tsx";
import { flowTypes, type QuestionState, units } from "./question.ts";
import { TimeChoice } from "./time-choice.tsx";
import css from "./traffic.module.css";

const choosable = {
  direction: ["Inbound", "Outbound"],
  status: ["Allowed", "Denied"],
  flowType: flowTypes,
} as const;

/** What is asked: since when, in what unit, and of which flows. */
export function FilterBar({ state }: { state: QuestionState }): React.ReactNode {
  const { t } = useTranslation();
  const { question, change } = state;
  const any = { value: "", words: t("traffic.any") };
  return (
    <section className={css["bar"]} aria-label={t("traffic.filters")}>
      <TimeChoice question={question} change={change} />
      <UnitChoice state={state} />
      {Object.entries(choosable).map(([name, values]) => (
        <Select
          key={name}
          label={t(`filter.${name}`)}
          value={question.filters[name] ?? ""}
          choices={[
            any,
            ...values.map((value) => ({
              value: value as string,
              words: name === "flowType" ? value : t(`flowValue.${value}`),
            })),
          ]}
          choose={(value) => change({ [name]: value })}
        />
      ))}
      <AddFilter state={state} />
      <FilterChips state={state} />
    </section>
  );
}

export function UnitChoice({
  state: { question, change },
}: {
  state: QuestionState;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <Select
      label={t("traffic.unit")}
      value={question.unit}
      choices={units.map((value) => ({ value, words: t(`unit.${value}`) }))}
      choose={(unit) => change({ unit })}
    />
  );
}
