import { Dialog } from "@base-ui/react/dialog";
import { useTranslation } from "react-i18next";
import { Button } from "./button.tsx";
import css from "./dialog.module.css";

/** A button that opens a dialog; what is in it is made anew each time it opens. */
export function ActionDialog({
  words,
  label,
  title,
  kind = "plain",
  children,
}: {
  /** On the button. */
  words: string;
  /** Read out instead of them, where several buttons have the same. */
  label?: string | undefined;
  title: string;
  kind?: "first" | "plain" | "quiet" | "danger";
  children: React.ReactNode;
}): React.ReactNode {
  return (
    <Dialog.Root>
      <Dialog.Trigger render={<Button kind={kind} aria-label={label} />}>{words}</Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={css["shade"]} />
        <Dialog.Popup className={css["dialog"]}>
          <Dialog.Title render={<h2 />}>{title}</Dialog.Title>
          {children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The row of buttons below a dialog, with the one that closes it last. */
export function DialogButtons({ children }: { children?: React.ReactNode }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div className={css["buttons"]}>
      {children}
      <Dialog.Close render={<Button />}>{t("dialog.close")}</Dialog.Close>
    </div>
  );
}
