import { useTranslation } from "react-i18next";
import { Button } from "../../parts/button.tsx";
import { Select } from "../../parts/select.tsx";
import { flowTypes, type QuestionState, timespans, units } from "./question.ts";
import css from "./traffic.module.css";

const choosable = {
  direction: ["Inbound", "Outbound"],
  status: ["Allowed", "Denied"],
  flowType: flowTypes,
} as const;

/** What is asked: since when, in what unit, and of which flows. */
export function FilterBar({ question, change }: QuestionState): React.ReactNode {
  const { t } = useTranslation();
  const any = { value: "", words: t("traffic.any") };
  const further = Object.entries(question.filters).filter(([name]) => !(name in choosable));
  return (
    <form
      className={css["bar"]}
      aria-label={t("traffic.filters")}
      onSubmit={(event) => event.preventDefault()}
    >
      <Select
        label={t("traffic.timespan")}
        value={question.timespan}
        choices={timespans.map((value) => ({
          value: value as string,
          words: t(`timespan.${value}`),
        }))}
        choose={(timespan) => change({ timespan })}
      />
      <Select
        label={t("traffic.unit")}
        value={question.unit}
        choices={units.map((value) => ({ value, words: t(`unit.${value}`) }))}
        choose={(unit) => change({ unit })}
      />
      {Object.entries(choosable).map(([name, values]) => (
        <Select
          key={name}
          label={t(`filter.${name}`)}
          value={question.filters[name] ?? ""}
          choices={[any, ...values.map((value) => ({ value: value as string, words: value }))]}
          choose={(value) => change({ [name]: value })}
        />
      ))}
      {further.map(([name, value]) => (
        <Button
          key={name}
          onClick={() => change({ [name]: null })}
          aria-label={t("traffic.without", { name, value })}
        >
          {name} = {value} ✕
        </Button>
      ))}
    </form>
  );
}
