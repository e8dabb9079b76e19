import { useTranslation } from "react-i18next";
import { Select } from "../../parts/select.tsx";
import css from "./alerts.module.css";
import { durationWords } from "./durations.ts";
import { durations } from "./rule-draft.ts";

/** A length of time in words; one that is no usual one is in the list too when it is the value. */
export function DurationSelect({
  label,
  value,
  choose,
  hint,
  error,
  none,
  more = [],
}: {
  label: string;
  value: string;
  choose: (value: string) => void;
  hint?: string;
  error?: string | undefined;
  /** What it means that there is none; without it there must be one. */
  none?: string;
  more?: readonly string[];
}): React.ReactNode {
  const { i18n } = useTranslation();
  const usual: readonly string[] = [...durations, ...more];
  const all = usual.includes(value) || value === "" ? usual : [value, ...usual];
  return (
    <div>
      <Select
        label={label}
        value={value}
        choices={[
          ...(none === undefined ? [] : [{ value: "", words: none }]),
          ...all.map((each) => ({ value: each, words: durationWords(each, i18n.language) })),
        ]}
        choose={choose}
        hint={hint}
      />
      {error !== undefined && <p className={css["error"]}>{error}</p>}
    </div>
  );
}
