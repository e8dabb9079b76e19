import { useId } from "react";
import css from "./choice.module.css";

/** Something that is chosen or not. */
export const Choice = ({
  label,
  isChosen,
  choose,
}: {
  label: string;
  isChosen: boolean;
  choose: (isChosen: boolean) => void;
}): React.ReactNode => (
  <label className={css["choice"]}>
    <input type="checkbox" checked={isChosen} onChange={({ target }) => choose(target.checked)} />
    {label}
  </label>
);

/** Any of a few. */
export function Choices<T extends string | number>({
  legend,
  hint,
  choices,
  chosen,
  choose,
}: {
  legend: string;
  hint?: string;
  choices: readonly { value: T; words: string }[];
  chosen: readonly T[];
  /** In the order of the choices. */
  choose: (chosen: T[]) => void;
}): React.ReactNode {
  const id = useId();
  const turn = (value: T, isChosen: boolean): void =>
    choose(
      choices
        .map((each) => each.value)
        .filter((each) => (each === value ? isChosen : chosen.includes(each))),
    );
  return (
    <fieldset className={css["choices"]} aria-describedby={hint === undefined ? undefined : id}>
      <legend>{legend}</legend>
      {choices.map(({ value, words }) => (
        <Choice
          key={value}
          label={words}
          isChosen={chosen.includes(value)}
          choose={(isChosen) => turn(value, isChosen)}
        />
      ))}
      {hint !== undefined && (
        <p id={id} className={css["hint"]}>
          {hint}
        </p>
      )}
    </fieldset>
  );
}
