import { useTranslation } from "react-i18next";
import { Field } from "../../parts/field.tsx";
import { Select } from "../../parts/select.tsx";
import type { CaptureRow } from "./capture-rows.ts";
import css from "./captures.module.css";
import type { QuestionState } from "./use-question.ts";

const phases = ["waiting", "recording", "finishing", "uploading", "finished", "failed"];
const spanNames = ["hour", "day", "week"];

/** What of the captures is wanted: any words, and what they have in common. */
export function FilterBar({
  rows,
  state,
}: {
  rows: readonly CaptureRow[];
  state: QuestionState;
}): React.ReactNode {
  const { t } = useTranslation();
  const { question, change } = state;
  const own = (values: readonly string[]): string[] =>
    [...new Set(values)].filter((value) => value !== "").toSorted();
  const filters = [
    { name: "host", values: own(rows.map(({ host }) => host)), chosen: question.host },
    { name: "phase", values: phases, chosen: question.phase, words: "captureFilter.phases" },
    { name: "rule", values: own(rows.flatMap(({ rules }) => rules)), chosen: question.rule },
    {
      name: "class",
      values: ["evidence", "bulk"],
      chosen: question.class,
      words: "captureFilter.classes",
    },
    { name: "held", values: ["yes", "no"], chosen: question.held, words: "captureFilter.holds" },
    { name: "time", values: spanNames, chosen: question.time, words: "captureFilter.times" },
  ];
  return (
    <search className={css["filters"]}>
      <Field
        label={t("captureFilter.text")}
        type="search"
        value={question.text}
        placeholder={t("captureFilter.textHint")}
        onChange={({ target }) => change({ q: target.value })}
      />
      {filters.map(({ name, values, chosen, words }) => (
        <Select
          key={name}
          label={t(`captureFilter.${name}`)}
          value={chosen ?? ""}
          choices={[
            { value: "", words: t("captureFilter.any") },
            ...own([...values, chosen ?? ""]).map((value) => ({
              value,
              words: words === undefined ? value : t(`${words}.${value}`),
            })),
          ]}
          choose={(value) => change({ [name]: value })}
        />
      ))}
    </search>
  );
}
