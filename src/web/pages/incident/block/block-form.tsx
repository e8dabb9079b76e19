import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type BlockRequest, makeBlock, tryBlock } from "../../../api/blocks.ts";
import { topicKey } from "../../../api/topics.ts";
import { ApiError } from "../../../api/request.ts";
import { DialogButtons } from "../../../parts/action-dialog.tsx";
import { Button } from "../../../parts/button.tsx";
import { Field } from "../../../parts/field.tsx";
import { Notice } from "../../../parts/notice.tsx";
import { Select } from "../../../parts/select.tsx";
import css from "../incident.module.css";
import type { IncidentThings } from "../incident-things.ts";
import { culpritsOf, placeOf } from "./culprits.ts";
import { DryRunOutcome } from "./dry-run.tsx";

const durations = ["900", "1800", "3600", "14400", "86400"] as const;
type Duration = (typeof durations)[number];
const durationDefault: Duration = "1800";
const directions = ["out", "in", "both"] as const;
/** What somebody writes by hand. */
const own = "";

interface FormProps {
  things: IncidentThings;
  /** Of the host; null: it did not say. */
  durationSecondsMax: number | null;
}

/** Whom to cut off and for how long; nothing is done before it was tried. */
export function BlockForm({ things, durationSecondsMax }: FormProps): React.ReactNode {
  const { t } = useTranslation();
  const { host } = things;
  const form = useBlockForm(things);
  const queries = useQueryClient();
  const trial = useMutation({ mutationFn: (wanted: BlockRequest) => tryBlock(host, wanted) });
  const block = useMutation({
    mutationFn: (wanted: BlockRequest) => makeBlock(host, wanted),
    onSettled: () => queries.invalidateQueries({ queryKey: [topicKey("block")] }),
  });
  const isTried = trial.data !== undefined && sameRequest(trial.variables, form.wanted);
  const refusal = trial.error ?? block.error;
  const send = (event: React.FormEvent): void => {
    event.preventDefault();
    if (isTried) block.mutate(form.wanted);
    else trial.mutate(form.wanted);
  };
  if (block.data) return <Made state={block.data.state} problem={block.data.problem} />;
  return (
    <form className={css["form"]} onSubmit={send}>
      <BlockFields things={things} form={form} durationSecondsMax={durationSecondsMax} />
      {refusal && <Notice kind="bad" title={t("block.refused")} text={refusal.message} />}
      {(form.wanted.force || isForceable(refusal)) && (
        <label className={css["check"]}>
          <input
            type="checkbox"
            checked={form.wanted.force}
            onChange={({ target }) => form.change({ force: target.checked })}
          />
          {t("block.force")}
        </label>
      )}
      <div aria-live="polite">
        {isTried && <DryRunOutcome outcome={trial.data} report={things.report.data} />}
      </div>
      <DialogButtons>
        <Button
          kind={isTried ? "danger" : "first"}
          type="submit"
          isBusy={trial.isPending || block.isPending}
        >
          {isTried ? t("block.send") : t("block.try")}
        </Button>
      </DialogButtons>
    </form>
  );
}

interface BlockFormState {
  wanted: BlockRequest;
  change: (part: Partial<BlockRequest>) => void;
}

/** Begins with what the answer blames most. */
function useBlockForm({ report, incident }: IncidentThings): BlockFormState {
  const { t } = useTranslation();
  const [first] = culpritsOf(report.data);
  const [wanted, setWanted] = useState<BlockRequest>({
    address: first?.address ?? "",
    port: first?.port ?? null,
    direction: "out",
    durationSeconds: Number(durationDefault),
    reason: t("block.reasonDefault", { id: incident.incidentId }),
    force: false,
  });
  return { wanted, change: (part) => setWanted((before) => ({ ...before, ...part })) };
}

function BlockFields({
  things,
  form: { wanted, change },
  durationSecondsMax,
}: FormProps & { form: BlockFormState }): React.ReactNode {
  const { t } = useTranslation();
  const culprits = culpritsOf(things.report.data);
  const chosen = culprits.find((each) => placeOf(each) === placeOf(wanted));
  const choose = (place: string): void => {
    const found = culprits.find((each) => placeOf(each) === place);
    change({ address: found?.address ?? "", port: found?.port ?? null });
  };
  const allowed = durations.filter((each) => Number(each) <= (durationSecondsMax ?? Infinity));
  return (
    <div className={css["fields"]}>
      {culprits.length > 0 && (
        <Select
          label={t("block.culprit")}
          value={chosen ? placeOf(chosen) : own}
          choices={[
            ...culprits.map((each) => ({
              value: placeOf(each),
              words: [placeOf(each), each.detail].filter(Boolean).join(" · "),
            })),
            { value: own, words: t("block.own") },
          ]}
          choose={choose}
        />
      )}
      <Field
        label={t("block.address")}
        required
        maxLength={80}
        value={wanted.address}
        onChange={({ target }) => change({ address: target.value.trim() })}
      />
      <Field
        label={t("block.port")}
        hint={t("block.portHint")}
        maxLength={20}
        value={wanted.port ?? ""}
        onChange={({ target }) => change({ port: target.value.trim() || null })}
      />
      <Select
        label={t("block.direction")}
        value={wanted.direction}
        choices={directions.map((value) => ({ value, words: t(`blockDirection.${value}`) }))}
        choose={(direction) => change({ direction })}
      />
      <Select
        label={t("block.duration")}
        value={String(wanted.durationSeconds)}
        choices={allowed.map((value) => ({ value, words: t(`blockDuration.${value}`) }))}
        choose={(seconds) => change({ durationSeconds: Number(seconds) })}
      />
      <Field
        label={t("block.reason")}
        maxLength={500}
        value={wanted.reason ?? ""}
        onChange={({ target }) => change({ reason: target.value })}
      />
    </div>
  );
}

function Made({ state, problem }: { state: string; problem: string | null }): React.ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <Notice
        kind={state === "Applied" ? "good" : "warn"}
        title={t(`blockState.${state}`)}
        text={problem ?? undefined}
      />
      <DialogButtons />
    </>
  );
}

/** The reason is nothing that the host judges. */
const sameRequest = (a: BlockRequest | undefined, b: BlockRequest): boolean =>
  a !== undefined &&
  JSON.stringify({ ...a, reason: null }) === JSON.stringify({ ...b, reason: null });

const isForceable = (error: Error | null): boolean =>
  error instanceof ApiError && error.code === "BlockRefused";
