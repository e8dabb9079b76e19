import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { extendCapture } from "../../api/extend-capture.ts";
import { topicKey } from "../../api/topics.ts";
import { ActionDialog, DialogButtons } from "../../parts/action-dialog.tsx";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useFormats } from "../../words/moments.ts";
import css from "./incident.module.css";

const secondsDefault = 60;
/** Azure's longest time of one recording. */
const secondsMax = 18_000;

interface ExtendProps {
  sessionId: string;
  name: string;
}

/** Lets a recording that goes on go on for longer. */
export function ExtendDialog({ sessionId, name }: ExtendProps): React.ReactNode {
  const { t } = useTranslation();
  const title = t("extend.title", { name });
  return (
    <ActionDialog words={t("extend.button")} label={title} title={title}>
      <ExtendForm sessionId={sessionId} />
    </ActionDialog>
  );
}

function ExtendForm({ sessionId }: Pick<ExtendProps, "sessionId">): React.ReactNode {
  const { t } = useTranslation();
  const { moment } = useFormats();
  const queries = useQueryClient();
  const [seconds, setSeconds] = useState(secondsDefault);
  const extend = useMutation({
    mutationFn: extendCapture,
    onSettled: () =>
      Promise.all(
        (["capture", "incident"] as const).map((topic) =>
          queries.invalidateQueries({ queryKey: [topicKey(topic)] }),
        ),
      ),
  });
  const endsAt = extend.data?.value[0]?.endsAt;
  const send = (event: React.FormEvent): void => {
    event.preventDefault();
    extend.mutate({ sessionId, seconds });
  };
  return (
    <form className={css["form"]} onSubmit={send}>
      <p>{t("extend.text")}</p>
      <Field
        label={t("extend.seconds")}
        type="number"
        required
        min={1}
        max={secondsMax}
        value={Number.isNaN(seconds) ? "" : seconds}
        onChange={({ target }) => setSeconds(target.valueAsNumber)}
      />
      {extend.error && (
        <Notice kind="bad" title={t("capture.notDone")} text={extend.error.message} />
      )}
      {endsAt !== undefined && (
        <Notice kind="good" title={t("extend.done", { time: moment(endsAt) })} />
      )}
      <DialogButtons>
        <Button kind="first" type="submit" isBusy={extend.isPending}>
          {t("extend.send")}
        </Button>
      </DialogButtons>
    </form>
  );
}
