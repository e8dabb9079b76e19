import css from "./alerts.module.css";

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
