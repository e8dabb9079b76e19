import { useId } from "react";
import { useTranslation } from "react-i18next";
import fieldCss from "../../../parts/field.module.css";
import css from "./form.module.css";
import type { Amount } from "./form-state.ts";
import { useProblems } from "./problems-context.ts";

/** Label, explanation and what is wrong, around whatever is written or chosen in. */
export function FormField({
  name,
  field,
  problemId,
  children,
}: {
  /** Of the words. */
  name: string;
  /** As the API calls it; its problems are shown here. */
  field: string;
  /** One of several fields in a line, whose problems are told in this place. */
  problemId?: string | undefined;
  children: (ids: {
    id: string;
    "aria-describedby": string;
    "aria-invalid": boolean;
  }) => React.ReactNode;
}): React.ReactNode {
  const { t } = useTranslation();
  const id = useId();
  const problems = useProblems(field);
  const isAlone = problemId === undefined;
  const described = isAlone ? `${id}-hint ${id}-problem` : problemId;
  return (
    <div className={fieldCss["field"]} data-field={field}>
      <label htmlFor={id}>{t(`captureForm.${name}`)}</label>
      {children({ id, "aria-describedby": described, "aria-invalid": problems.length > 0 })}
      {isAlone && problems.length > 0 && (
        <p id={`${id}-problem`} className={css["problem"]}>
          {problems.join(" ")}
        </p>
      )}
      {isAlone && (
        <p id={`${id}-hint`} className={fieldCss["hint"]}>
          {t(`captureForm.${name}Hint`)}
        </p>
      )}
    </div>
  );
}

interface TextProps extends Omit<React.ComponentProps<"input">, "value" | "onChange"> {
  name: string;
  field: string;
  value: string;
  change: (text: string) => void;
  problemId?: string;
}

export function TextField({
  name,
  field,
  value,
  change,
  problemId,
  ...rest
}: TextProps): React.ReactNode {
  return (
    <FormField name={name} field={field} problemId={problemId}>
      {(ids) => (
        <input
          {...rest}
          {...ids}
          value={value}
          spellCheck={false}
          autoComplete="off"
          onChange={({ target }) => change(target.value)}
        />
      )}
    </FormField>
  );
}

/** A number and what it counts. */
export function AmountField({
  name,
  field,
  value,
  units,
  change,
}: {
  name: string;
  field: string;
  value: Amount;
  units: Readonly<Record<string, number>>;
  change: (amount: Amount) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <FormField name={name} field={field}>
      {(ids) => (
        <span className={css["amount"]}>
          <input
            {...ids}
            inputMode="decimal"
            autoComplete="off"
            value={value.text}
            onChange={({ target }) => change({ ...value, text: target.value })}
          />
          <select
            aria-label={t("captureForm.unitOf", { name: t(`captureForm.${name}`) })}
            value={value.unit}
            onChange={({ target }) => change({ ...value, unit: target.value })}
          >
            {Object.keys(units).map((unit) => (
              <option key={unit} value={unit}>
                {t(`captureForm.unit.${unit}`)}
              </option>
            ))}
          </select>
        </span>
      )}
    </FormField>
  );
}

export function ChoiceField({
  name,
  field,
  value,
  choices,
  change,
  problemId,
}: {
  name: string;
  field: string;
  value: string;
  choices: readonly { value: string; words: string }[];
  change: (value: string) => void;
  problemId?: string;
}): React.ReactNode {
  return (
    <FormField name={name} field={field} problemId={problemId}>
      {(ids) => (
        <select {...ids} value={value} onChange={({ target }) => change(target.value)}>
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.words}
            </option>
          ))}
        </select>
      )}
    </FormField>
  );
}

export function CheckField({
  name,
  isOn,
  change,
}: {
  name: string;
  isOn: boolean;
  change: (isOn: boolean) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  return (
    <label className={css["check"]}>
      <input type="checkbox" checked={isOn} onChange={({ target }) => change(target.checked)} />
      {t(`captureForm.${name}`)}
    </label>
  );
}
