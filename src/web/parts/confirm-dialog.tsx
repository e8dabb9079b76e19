import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Button } from "./button.tsx";
import css from "./dialog.module.css";

/** Asks before something is done that cannot be taken back. The button that opens it is its trigger. */
export function ConfirmDialog({
  isOpen,
  change,
  title,
  text,
  words,
  isBusy,
  confirm,
  children,
}: {
  isOpen: boolean;
  change: (isOpen: boolean) => void;
  title: string;
  text: string;
  words: { confirm: string; cancel: string };
  isBusy: boolean;
  confirm: () => void;
  /** What it is about, and what went wrong. */
  children?: React.ReactNode;
}): React.ReactNode {
  return (
    <AlertDialog.Root open={isOpen} onOpenChange={change}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={css["shade"]} />
        <AlertDialog.Popup className={css["dialog"]}>
          <AlertDialog.Title render={<h2 />}>{title}</AlertDialog.Title>
          <AlertDialog.Description>{text}</AlertDialog.Description>
          {children}
          <div className={css["buttons"]}>
            <Button kind="danger" isBusy={isBusy} onClick={confirm}>
              {words.confirm}
            </Button>
            <AlertDialog.Close render={<Button />}>{words.cancel}</AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
