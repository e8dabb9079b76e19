import { useId } from "react";
import css from "./field.module.css";

/** One of a few, with its label: the browser's own list, which every phone knows. */
export function Select<T extends string>({
  label,
  value,
  choices,
  choose,
  hint,
}: {
  label: string;
  value: T;
  choices: readonly { value: T; words: string }[];
  choose: (value: T) => void;
  /** What the choice means, below it. */
  hint?: string | undefined;
}): React.ReactNode {
  const id = useId();
  return (
    <div className={css["field"]}>
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        value={value}
        onChange={({ target }) => choose(target.value as T)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.words}
          </option>
        ))}
      </select>
      {hint !== undefined && (
        <p id={`${id}-hint`} className={css["hint"]}>
          {hint}
        </p>
      )}
    </div>
  );
}
