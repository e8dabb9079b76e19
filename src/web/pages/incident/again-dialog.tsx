import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { againPrefix, useCaptureAgain } from "../../api/capture-again.ts";
import type { Capture } from "../../api/capture.ts";
import { ActionDialog, DialogButtons } from "../../parts/action-dialog.tsx";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Notice } from "../../parts/notice.tsx";
import css from "./incident.module.css";
import type { IncidentThings } from "./incident-things.ts";

/** Azure's limit of a recording into one file, and the host's of its look-back. */
const secondsMax = 18_000;
const lookBackSecondsMax = 3_600;
const secondsDefault = 60;

interface AgainProps {
  things: IncidentThings;
  /** Whose host, filter and settings are taken. */
  model: Capture;
}

/** Records the same once more, with what lies before. */
export function AgainDialog({ things, model }: AgainProps): React.ReactNode {
  const { t } = useTranslation();
  return (
    <ActionDialog words={t("again.button")} title={t("again.title", { host: things.host })}>
      <AgainForm things={things} model={model} />
    </ActionDialog>
  );
}

function AgainForm({ things, model }: AgainProps): React.ReactNode {
  const { t } = useTranslation();
  const [seconds, setSeconds] = useState(secondsDefault);
  const [lookBackSeconds, setLookBackSeconds] = useState(secondsDefault);
  const again = useCaptureAgain();
  const prefix = againPrefix(things.incident.incidentId);
  const send = (event: React.FormEvent): void => {
    event.preventDefault();
    // The time keeps names apart, also of two people who press at once in different seconds.
    const name = `${prefix}${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "")}`;
    again.mutate({ capture: model, name, seconds, lookBackSeconds });
  };
  return (
    <form className={css["form"]} onSubmit={send}>
      <p>{t("again.text", { name: model.name })}</p>
      <div className={css["fields"]}>
        <Field
          label={t("again.seconds")}
          type="number"
          required
          min={1}
          max={secondsMax}
          value={seconds}
          onChange={({ target }) => setSeconds(target.valueAsNumber)}
        />
        <Field
          label={t("again.lookBack")}
          type="number"
          required
          min={0}
          max={lookBackSecondsMax}
          value={lookBackSeconds}
          onChange={({ target }) => setLookBackSeconds(target.valueAsNumber)}
        />
      </div>
      {again.error && <Notice kind="bad" title={t("capture.notDone")} text={again.error.message} />}
      {again.data && <Made capture={again.data} />}
      <DialogButtons>
        {!again.data && (
          <Button kind="first" type="submit" isBusy={again.isPending}>
            {t("again.send")}
          </Button>
        )}
      </DialogButtons>
    </form>
  );
}

function Made({ capture }: { capture: Capture }): React.ReactNode {
  const { t } = useTranslation();
  const { sessionId } = capture.properties.nightcap ?? {};
  return (
    <Notice kind="good" title={t("again.made")}>
      {sessionId === undefined ? (
        <p>{capture.name}</p>
      ) : (
        <Link href={`/captures/${sessionId}`}>{capture.name}</Link>
      )}
    </Notice>
  );
}
