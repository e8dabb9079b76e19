import css from "./button.module.css";

type ButtonProps = React.ComponentProps<"button"> & {
  /** The one that most people want here, an ordinary one, one without a frame, or one that destroys. */
  kind?: "first" | "plain" | "quiet" | "danger";
  /** Under way: cannot be pressed again. */
  isBusy?: boolean;
};

export const Button = ({
  kind = "plain",
  isBusy = false,
  type = "button",
  ...rest
}: ButtonProps): React.ReactNode => (
  <button
    {...rest}
    type={type}
    className={css["button"]}
    data-kind={kind}
    aria-busy={isBusy}
    disabled={isBusy || rest.disabled}
  />
);
