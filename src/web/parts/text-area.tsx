import { useId } from "react";
import css from "./field.module.css";

type TextAreaProps = React.ComponentProps<"textarea"> & {
  label: string;
  /** What is expected, below it. */
  hint?: string | undefined;
  /** What is wrong with what was written. */
  error?: string | undefined;
};

/** Lines to write in, with their label. */
export function TextArea({ label, hint, error, ...rest }: TextAreaProps): React.ReactNode {
  const id = useId();
  const hintId = (error ?? hint) === undefined ? undefined : `${id}-hint`;
  return (
    <div className={css["field"]}>
      <label htmlFor={id}>{label}</label>
      <textarea
        spellCheck={false}
        {...rest}
        id={id}
        aria-describedby={hintId}
        aria-invalid={error !== undefined}
      />
      {hintId !== undefined && (
        <p id={hintId} className={error === undefined ? css["hint"] : css["error"]}>
          {error ?? hint}
        </p>
      )}
    </div>
  );
}
