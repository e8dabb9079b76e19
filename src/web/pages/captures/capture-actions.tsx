import { AlertDialog } from "@base-ui/react/alert-dialog";
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { type Capture, isUnderWay } from "../../api/capture.ts";
import {
  deleteAction,
  deleteCapture,
  downloadPathOf,
  readBlobAction,
  stopAction,
  stopCapture,
} from "../../api/captures.ts";
import { Button } from "../../parts/button.tsx";
import dialogCss from "../../parts/dialog.module.css";
import { Notice } from "../../parts/notice.tsx";
import { useAllowed, useDataAllowed } from "../../shell/session-context.ts";
import css from "./capture.module.css";
import { ShareButton } from "./share-button.tsx";

/** What can be done with a recording, as far as this person may. */
export function CaptureActions({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const mayStop = useAllowed(stopAction);
  const mayDelete = useAllowed(deleteAction);
  const mayRead = useDataAllowed(readBlobAction);
  const stop = useMutation({ mutationFn: stopCapture });
  const path = downloadPathOf(capture);
  return (
    <>
      <div className={css["actions"]}>
        {mayRead && path !== null && (
          <a className={css["download"]} href={path} download={`${capture.name}.cap`}>
            {t("capture.download")}
          </a>
        )}
        {mayStop && isUnderWay(capture) && (
          <Button isBusy={stop.isPending} onClick={() => stop.mutate(capture)}>
            {t("capture.stop")}
          </Button>
        )}
        <ShareButton capture={capture} />
        {mayDelete && <DeleteButton capture={capture} />}
      </div>
      {stop.error && <Notice kind="bad" title={t("capture.notDone")} text={stop.error.message} />}
    </>
  );
}

/** Asks first: what is deleted is gone for everybody. */
function DeleteButton({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const [, go] = useLocation();
  const remove = useMutation({ mutationFn: deleteCapture, onSuccess: () => go("/captures") });
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger render={<Button kind="danger" />}>
        {t("capture.delete")}
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={dialogCss["shade"]} />
        <AlertDialog.Popup className={dialogCss["dialog"]}>
          <AlertDialog.Title render={<h2 />}>
            {t("capture.deleteTitle", { name: capture.name })}
          </AlertDialog.Title>
          <AlertDialog.Description>{t("capture.deleteText")}</AlertDialog.Description>
          {remove.error && (
            <Notice kind="bad" title={t("capture.notDone")} text={remove.error.message} />
          )}
          <div className={dialogCss["buttons"]}>
            <Button kind="danger" isBusy={remove.isPending} onClick={() => remove.mutate(capture)}>
              {t("capture.delete")}
            </Button>
            <AlertDialog.Close render={<Button />}>{t("capture.keep")}</AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
