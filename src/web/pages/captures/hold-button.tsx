import { Dialog } from "@base-ui/react/dialog";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { holdActions, liftActions, liftHold, setHold } from "../../api/keeping.ts";
import { topicKey } from "../../api/topics.ts";
import { Button } from "../../parts/button.tsx";
import dialogCss from "../../parts/dialog.module.css";
import { Field } from "../../parts/field.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useAllowed } from "../../shell/session-context.ts";

/** Holds a capture, or lifts its hold, with a reason; for whoever may. */
export function HoldButton({
  sessionId,
  isHeld,
  label,
}: {
  sessionId: string;
  isHeld: boolean;
  /** Read out instead of its words, where several buttons have the same. */
  label?: string;
}): React.ReactNode {
  const { t } = useTranslation();
  const [noun, lock] = isHeld ? liftActions : holdActions;
  const [mayHold, mayLock] = [useAllowed(noun), useAllowed(lock)];
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const change = useCaptureChange(
    (why: string) => (isHeld ? liftHold : setHold)(sessionId, why),
    () => setOpen(false),
  );
  if (!mayHold || !mayLock) return null;
  const act = isHeld ? "lift" : "hold";
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger render={<Button aria-label={label} />}>
        {t(`captureKeep.${act}`)}
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={dialogCss["shade"]} />
        <Dialog.Popup className={dialogCss["dialog"]}>
          <Dialog.Title render={<h2 />}>{t(`captureKeep.${act}Title`)}</Dialog.Title>
          <Dialog.Description>{t(`captureKeep.${act}Text`)}</Dialog.Description>
          <Field
            label={t("captureKeep.reason")}
            value={reason}
            onChange={({ target }) => setReason(target.value)}
          />
          {change.error && (
            <Notice kind="bad" title={t("capture.notDone")} text={change.error.message} />
          )}
          <div className={dialogCss["buttons"]}>
            <Button
              kind="first"
              isBusy={change.isPending}
              disabled={reason.trim() === ""}
              onClick={() => change.mutate(reason)}
            >
              {t(`captureKeep.${act}`)}
            </Button>
            <Dialog.Close render={<Button />}>{t("captureForm.cancel")}</Dialog.Close>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The list knows the new state before the page says that it is done. */
export function useCaptureChange<Value>(
  work: (value: Value) => Promise<void>,
  onDone?: () => void,
) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [topicKey("capture")] });
      onDone?.();
    },
  });
}
