import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RuleDimension } from "../../api/alert-rules.ts";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Select } from "../../parts/select.tsx";
import css from "./alerts.module.css";
import type { CriterionParts } from "./metric-fields.tsx";
import { newDimension, valuesOf, withCriterion } from "./rule-draft.ts";

/** What the rule is split by: each combination of values fires by itself. Null: any column of a query. */
export function DimensionFields({
  criterion,
  at,
  draft,
  change,
  errors,
  names,
  hint,
}: CriterionParts & { names: readonly string[] | null; hint: string }): React.ReactNode {
  const { t } = useTranslation();
  const dimensions = criterion.dimensions ?? [];
  const put = (next: RuleDimension[]): void =>
    change(withCriterion(draft, at, { dimensions: next }));
  if (names?.length === 0 && dimensions.length === 0) return null;
  return (
    <fieldset className={`${css["choices"]} ${css["wide"]}`}>
      <legend>{hint}</legend>
      {dimensions.map((dimension, index) => (
        <DimensionRow
          key={index}
          dimension={dimension}
          names={names}
          error={errors[`criteria.allOf.${at}.dimensions.${index}.values`]}
          put={(next) => put(dimensions.map((each, place) => (place === index ? next : each)))}
          remove={() => put(dimensions.filter((_each, place) => place !== index))}
        />
      ))}
      <Button onClick={() => put([...dimensions, newDimension(names?.[0] ?? "")])}>
        {t("alertForm.addDimension")}
      </Button>
    </fieldset>
  );
}

function DimensionRow({
  dimension,
  names,
  error,
  put,
  remove,
}: {
  dimension: RuleDimension;
  names: readonly string[] | null;
  error: string | undefined;
  put: (dimension: RuleDimension) => void;
  remove: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const [text, setText] = useState(dimension.values.join(", "));
  return (
    <div className={`${css["dimension"]} ${css["wide"]}`} key={id}>
      {names ? (
        <Select
          label={t("alertForm.dimension")}
          value={dimension.name}
          choices={names.map((value) => ({ value, words: value }))}
          choose={(name) => put({ ...dimension, name })}
        />
      ) : (
        <Field
          label={t("alertForm.column")}
          value={dimension.name}
          onChange={({ target }) => put({ ...dimension, name: target.value })}
        />
      )}
      <Select
        label={t("alertForm.which")}
        value={dimension.operator}
        choices={(["Include", "Exclude"] as const).map((value) => ({
          value,
          words: t(`alertWhich.${value}`),
        }))}
        choose={(operator) => put({ ...dimension, operator })}
      />
      <Field
        label={t("alertForm.values")}
        value={text}
        error={error}
        onChange={({ target }) => {
          setText(target.value);
          put({ ...dimension, values: valuesOf(target.value) });
        }}
      />
      <Button kind="quiet" onClick={remove}>
        {t("alertForm.removeDimension")}
      </Button>
    </div>
  );
}
