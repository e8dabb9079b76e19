import { useId } from "react";
import css from "./field.module.css";

type FieldProps = React.ComponentProps<"input"> & {
  label: string;
  /** What is expected, below the field. */
  hint?: string | undefined;
  /** What is wrong with what was written. */
  error?: string | undefined;
};

/** A line to write in, with its label. */
export function Field({ label, hint, error, ...rest }: FieldProps): React.ReactNode {
  const id = useId();
  const hintId = (error ?? hint) === undefined ? undefined : `${id}-hint`;
  return (
    <div className={css["field"]}>
      <label htmlFor={id}>{label}</label>
      <input {...rest} id={id} aria-describedby={hintId} aria-invalid={error !== undefined} />
      {hintId !== undefined && (
        <p id={hintId} className={error === undefined ? css["hint"] : css["error"]}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
