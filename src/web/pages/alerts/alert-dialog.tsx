import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  changeState,
  changeStateAction,
  type UserState,
  useAlertHistory,
  userStates,
} from "../../api/alert-states.ts";
import type { FiredAlert } from "../../api/fired-alerts.ts";
import { ActionDialog, DialogButtons } from "../../parts/action-dialog.tsx";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import { AlertHistory } from "./alert-history.tsx";
import css from "./alerts.module.css";
import { useRefresh } from "./rule-table.tsx";

/** As long as the control plane takes. */
const commentLengthMax = 4_096;

/** What became of one alert, and what people make of it. */
export function AlertDialog({ alert }: { alert: FiredAlert }): React.ReactNode {
  const { t } = useTranslation();
  const { targetResourceName } = alert.properties.essentials;
  const words = t("alertResponse.open");
  const title = t("alertResponse.title", { rule: alert.name, host: targetResourceName });
  return (
    <ActionDialog words={words} label={`${words} ${title}`} title={title} kind="quiet">
      <Response alert={alert} />
    </ActionDialog>
  );
}

function Response({ alert }: { alert: FiredAlert }): React.ReactNode {
  const { t } = useTranslation();
  const mayChange = useAllowed(changeStateAction);
  const [comment, setComment] = useState("");
  const { data: history, error } = useAlertHistory(alert);
  const refresh = useRefresh();
  const change = useMutation({
    mutationFn: (state: UserState) => changeState({ id: alert.id, state, comment }),
    onSuccess: () => setComment(""),
    onSettled: refresh,
  });
  const current = alert.properties.essentials.alertState;
  return (
    <div className={css["form"]}>
      {error && <Notice kind="bad" title={t("alerts.noHistory")} text={error.message} />}
      {history && <AlertHistory modifications={history} />}
      {mayChange && (
        <Field
          label={t("alertResponse.comment")}
          maxLength={commentLengthMax}
          value={comment}
          onChange={({ target }) => setComment(target.value)}
        />
      )}
      {change.error && (
        <Notice kind="bad" title={t("alerts.notDone")} text={change.error.message} />
      )}
      <DialogButtons>
        {mayChange &&
          userStates
            .filter((state) => state !== current)
            .map((state) => (
              <Button
                key={state}
                kind={state === "Acknowledged" ? "first" : "plain"}
                isBusy={change.isPending && change.variables === state}
                disabled={change.isPending}
                onClick={() => change.mutate(state)}
              >
                {t(`alertResponse.to${state}`)}
              </Button>
            ))}
      </DialogButtons>
    </div>
  );
}
