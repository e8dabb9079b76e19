import { Dialog } from "@base-ui/react/dialog";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { CaptureHold, Recording } from "../../api/capture.ts";
import {
  classAction,
  holdActions,
  liftActions,
  liftHold,
  setClass,
  setHold,
} from "../../api/keeping.ts";
import { topicKey } from "../../api/topics.ts";
import { Button } from "../../parts/button.tsx";
import dialogCss from "../../parts/dialog.module.css";
import { Field } from "../../parts/field.tsx";
import { Moment } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import css from "./capture.module.css";

/** How long the files are kept, and whether a legal hold keeps them from everybody. */
export function KeepPanel({ recording }: { recording: Recording }): React.ReactNode {
  const { t } = useTranslation();
  const { class: kind, hold = null, removed } = recording;
  if (kind === undefined) return null;
  return (
    <Panel title={t("captureKeep.title")}>
      <div className={css["keep"]}>
        <ClassChoice sessionId={recording.sessionId} kind={kind} />
        {hold ? <Held hold={hold} /> : <p>{t("captureKeep.notHeld")}</p>}
        {!removed && <HoldButton sessionId={recording.sessionId} isHeld={hold !== null} />}
        {removed && (
          <Notice
            kind="warn"
            title={t("captureKeep.removed")}
            text={`${removed.why}: ${removed.detail}`}
          />
        )}
      </div>
    </Panel>
  );
}

function ClassChoice({
  sessionId,
  kind,
}: {
  sessionId: string;
  kind: "evidence" | "bulk";
}): React.ReactNode {
  const { t } = useTranslation();
  const mayChange = useAllowed(classAction);
  const change = useChange((name: "evidence" | "bulk") => setClass(sessionId, name));
  const words = (value: string): string => t(`captureFilter.classes.${value}`);
  if (!mayChange) {
    return (
      <p>
        {t("captureFilter.class")}: {words(kind)}
      </p>
    );
  }
  return (
    <>
      <Select
        label={t("captureFilter.class")}
        value={change.isPending ? (change.variables ?? kind) : kind}
        choices={(["evidence", "bulk"] as const).map((value) => ({ value, words: words(value) }))}
        choose={(value) => change.mutate(value)}
      />
      {change.error && (
        <Notice kind="bad" title={t("capture.notDone")} text={change.error.message} />
      )}
    </>
  );
}

function Held({ hold: { by, time, reason } }: { hold: CaptureHold }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <p>
      <strong>{t("captureKeep.held")}</strong> {reason} ({by}, <Moment time={time} />)
    </p>
  );
}

function HoldButton({
  sessionId,
  isHeld,
}: {
  sessionId: string;
  isHeld: boolean;
}): React.ReactNode {
  const { t } = useTranslation();
  const [noun, lock] = isHeld ? liftActions : holdActions;
  const [mayHold, mayLock] = [useAllowed(noun), useAllowed(lock)];
  const [isOpen, setOpen] = useState(false);
  const [reason, setReason] = useState("");
  const change = useChange(
    (why: string) => (isHeld ? liftHold : setHold)(sessionId, why),
    () => setOpen(false),
  );
  if (!mayHold || !mayLock) return null;
  const act = isHeld ? "lift" : "hold";
  return (
    <Dialog.Root open={isOpen} onOpenChange={setOpen}>
      <Dialog.Trigger render={<Button />}>{t(`captureKeep.${act}`)}</Dialog.Trigger>
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
function useChange<Value>(work: (value: Value) => Promise<void>, onDone?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [topicKey("capture")] });
      onDone?.();
    },
  });
}
