import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ExpectationRequest, expectationsKey, expectThat } from "../../../api/expectations.ts";
import { ActionDialog, DialogButtons } from "../../../parts/action-dialog.tsx";
import { Button } from "../../../parts/button.tsx";
import { Field } from "../../../parts/field.tsx";
import { Notice } from "../../../parts/notice.tsx";
import css from "../incident.module.css";
import type { IncidentThings } from "../incident-things.ts";
import { KnownExpectations } from "./known-expectations.tsx";

const daysDefault = 30;
const daysMax = 365;

/** Says that the next incident like this one is expected: it is recorded, and wakes nobody. */
export function ExpectDialog({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <ActionDialog words={t("expect.button")} title={t("expect.title")}>
      <ExpectForm things={things} />
    </ActionDialog>
  );
}

function ExpectForm({ things }: { things: IncidentThings }): React.ReactNode {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [wanted, setWanted] = useState(() => asThisOne(things));
  const change = (part: Partial<ExpectationRequest>): void => setWanted({ ...wanted, ...part });
  const expect = useMutation({
    mutationFn: expectThat,
    onSettled: () => queries.invalidateQueries({ queryKey: expectationsKey }),
  });
  const send = (event: React.FormEvent): void => {
    event.preventDefault();
    expect.mutate(wanted);
  };
  return (
    <form className={css["form"]} onSubmit={send}>
      <p>{t("expect.text", { rule: wanted.rule, host: things.host })}</p>
      <ExpectFields wanted={wanted} change={change} />
      {expect.error && (
        <Notice kind="bad" title={t("capture.notDone")} text={expect.error.message} />
      )}
      {expect.data && <Notice kind="good" title={t("expect.made")} />}
      <KnownExpectations things={things} />
      <DialogButtons>
        {!expect.data && (
          <Button kind="first" type="submit" isBusy={expect.isPending}>
            {t("expect.send")}
          </Button>
        )}
      </DialogButtons>
    </form>
  );
}

/** The rule, the host, and whom the answer blames. */
function asThisOne({ incident }: IncidentThings): ExpectationRequest {
  const { destination = null, port = null, process = null } = incident.answer?.culprit ?? {};
  const rule = incident.alerts[0]?.rule ?? null;
  const host = incident.resourceId;
  return { rule, host, destination, port, process, reason: "", days: daysDefault };
}

function ExpectFields({
  wanted,
  change,
}: {
  wanted: ExpectationRequest;
  change: (part: Partial<ExpectationRequest>) => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const parts = ["destination", "port", "process"] as const;
  return (
    <div className={css["fields"]}>
      {parts.map((part) => (
        <Field
          key={part}
          label={t(`expectPart.${part}`)}
          placeholder={t("expect.any")}
          maxLength={500}
          value={wanted[part] ?? ""}
          onChange={({ target }) => change({ [part]: target.value.trim() || null })}
        />
      ))}
      <Field
        label={t("expect.days")}
        type="number"
        required
        min={1}
        max={daysMax}
        value={Number.isNaN(wanted.days) ? "" : wanted.days}
        onChange={({ target }) => change({ days: target.valueAsNumber })}
      />
      <Field
        label={t("expect.reason")}
        required
        maxLength={500}
        value={wanted.reason}
        onChange={({ target }) => change({ reason: target.value })}
      />
    </div>
  );
}
