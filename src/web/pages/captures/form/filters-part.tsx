import { useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../parts/button.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { ChoiceField, TextField } from "./form-field.tsx";
import type { PartProps } from "./form-parts.tsx";
import css from "./form.module.css";
import { emptyFilter, type FilterDraft } from "./form-state.ts";
import { useProblems } from "./problems-context.ts";

/** Which packets: one filter or another, each of five fields. */
export function FiltersPart({ form: { filters }, change }: PartProps): React.ReactNode {
  const { t } = useTranslation();
  const lastId = useRef(0);
  const add = (): void => {
    lastId.current++;
    change({ filters: [...filters, emptyFilter(lastId.current)] });
  };
  return (
    <Panel
      title={t("captureForm.filtersPart")}
      aside={<Button onClick={add}>{t("captureForm.addFilter")}</Button>}
    >
      <p className={css["lead"]}>{t("captureForm.filtersHint")}</p>
      {filters.map((filter, index) => (
        <FilterFields
          key={filter.id}
          filter={filter}
          index={index}
          change={(changes) => change({ filters: filters.with(index, { ...filter, ...changes }) })}
          remove={() => change({ filters: filters.toSpliced(index, 1) })}
        />
      ))}
    </Panel>
  );
}

const texts = ["localIPAddress", "localPort", "remoteIPAddress", "remotePort"] as const;

function FilterFields({
  filter,
  index,
  change,
  remove,
}: {
  filter: FilterDraft;
  index: number;
  change: (changes: Partial<FilterDraft>) => void;
  remove: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const number = index + 1;
  const problemId = useId();
  const problems = useProblems(`filters[${index}]`);
  return (
    <fieldset className={css["filter"]}>
      <legend>{t("captureForm.filter", { number })}</legend>
      <ChoiceField
        name="protocol"
        field={`filters[${index}].protocol`}
        value={filter.protocol}
        choices={(["TCP", "UDP", "Any"] as const).map((value) => ({
          value,
          words: value === "Any" ? t("captureForm.any") : value,
        }))}
        change={(protocol) => change({ protocol: protocol as FilterDraft["protocol"] })}
        problemId={problemId}
      />
      {texts.map((name) => (
        <TextField
          key={name}
          name={name}
          field={`filters[${index}].${name}`}
          value={filter[name]}
          placeholder={t("captureForm.any")}
          change={(text) => change({ [name]: text })}
          problemId={problemId}
        />
      ))}
      <Button
        kind="quiet"
        type="button"
        aria-label={t("captureForm.removeFilter", { number })}
        onClick={remove}
      >
        ✕
      </Button>
      {problems.length > 0 && (
        <p id={problemId} className={css["problem"]}>
          {problems.join(" ")}
        </p>
      )}
    </fieldset>
  );
}
