import { useId } from "react";
import css from "./field.module.css";

type FieldProps = React.ComponentProps<"input"> & {
  label: string;
  /** What is expected, below the field. */
  hint?: string;
};

/** A line to write in, with its label. */
export function Field({ label, hint, ...rest }: FieldProps): React.ReactNode {
  const id = useId();
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  return (
    <div className={css["field"]}>
      <label htmlFor={id}>{label}</label>
      <input {...rest} id={id} aria-describedby={hintId} />
      {hint !== undefined && (
        <p id={hintId} className={css["hint"]}>
          {hint}
        </p>
      )}
    </div>
  );
}
