import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Capture, isUnderWay } from "../../api/capture.ts";
import { deleteAction, deleteCapture, stopAction, stopCapture } from "../../api/captures.ts";
import { Button } from "../../parts/button.tsx";
import { ConfirmDialog } from "../../parts/confirm-dialog.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import type { CaptureRow } from "./capture-rows.ts";
import css from "./captures.module.css";

/** Requests on their way at once. */
const requestCountMax = 4;
const namesShownMax = 12;

type Act = "stop" | "delete";
const acts = { stop: stopCapture, delete: deleteCapture } as const;

/** What can be done with all captures that were chosen, after one question. */
export function SelectionBar({
  chosen,
  clear,
}: {
  chosen: readonly CaptureRow[];
  clear: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const mayStop = useAllowed(stopAction);
  const mayDelete = useAllowed(deleteAction);
  const [asked, setAsked] = useState<{ act: Act; rows: readonly CaptureRow[] } | null>(null);
  const running = chosen.filter(({ capture }) => isUnderWay(capture));
  return (
    <>
      {chosen.length > 0 && (
        <div className={css["selection"]} role="status">
          <span>{t("captures.chosen", { count: chosen.length })}</span>
          {mayStop && running.length > 0 && (
            <Button onClick={() => setAsked({ act: "stop", rows: running })}>
              {t("captures.stopChosen", { count: running.length })}
            </Button>
          )}
          {mayDelete && (
            <Button kind="danger" onClick={() => setAsked({ act: "delete", rows: chosen })}>
              {t("captures.deleteChosen", { count: chosen.length })}
            </Button>
          )}
          <Button kind="quiet" onClick={clear}>
            {t("captures.clear")}
          </Button>
        </div>
      )}
      {asked && (
        <Confirmation
          act={asked.act}
          rows={asked.rows}
          close={(isDone) => {
            setAsked(null);
            if (isDone) clear();
          }}
        />
      )}
    </>
  );
}

function Confirmation({
  act,
  rows,
  close,
}: {
  act: Act;
  rows: readonly CaptureRow[];
  close: (isDone: boolean) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const doing = useMutation({
    mutationFn: () => doAll(rows, acts[act]),
    onSuccess: (failed) => failed.length === 0 && close(true),
  });
  const failed = doing.data ?? [];
  return (
    <ConfirmDialog
      isOpen
      change={(isOpen) => !isOpen && close(false)}
      title={t(`captures.${act}Title`, { count: rows.length })}
      text={t(`captures.${act}Text`)}
      words={{ confirm: t(`capture.${act}`), cancel: t("capture.keep") }}
      isBusy={doing.isPending}
      confirm={() => doing.mutate()}
    >
      <ul className={css["names"]}>
        {rows.slice(0, namesShownMax).map(({ id, name, host }) => (
          <li key={id}>
            {name} <span>{host}</span>
          </li>
        ))}
        {rows.length > namesShownMax && (
          <li>{t("table.omitted", { count: rows.length - namesShownMax })}</li>
        )}
      </ul>
      {failed.length > 0 && (
        <ul className={css["failed"]} role="alert">
          {failed.map(({ name, why }) => (
            <li key={name}>
              <strong>{name}</strong> {why}
            </li>
          ))}
        </ul>
      )}
    </ConfirmDialog>
  );
}

interface Failure {
  name: string;
  why: string;
}

/** A few at a time; what is refused is told for each. */
async function doAll(
  rows: readonly CaptureRow[],
  act: (capture: Capture) => Promise<void>,
): Promise<Failure[]> {
  const failed: Failure[] = [];
  const waiting = [...rows];
  const work = async (): Promise<void> => {
    for (let row = waiting.shift(); row; row = waiting.shift()) {
      const { name } = row;
      await act(row.capture).catch((error: unknown) =>
        failed.push({ name, why: error instanceof Error ? error.message : String(error) }),
      );
    }
  };
  await Promise.all(Array.from({ length: requestCountMax }, work));
  return failed;
}
