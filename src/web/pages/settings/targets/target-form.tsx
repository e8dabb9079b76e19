import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  changeTarget,
  makeTarget,
  type NotificationTarget,
  type TargetKind,
  targetKinds,
  targetsKey,
  testTarget,
} from "../../../api/notification-targets.ts";
import { Button } from "../../../parts/button.tsx";
import { Choice } from "../../../parts/choice.tsx";
import { Field } from "../../../parts/field.tsx";
import { Notice } from "../../../parts/notice.tsx";
import { Panel } from "../../../parts/panel.tsx";
import { Select } from "../../../parts/select.tsx";
import css from "../settings.module.css";
import { PlaceFields } from "./place-fields.tsx";
import { RouteFields } from "./route-fields.tsx";
import {
  bodyOf,
  draftOf,
  errorAt,
  errorsOf,
  type FieldErrors,
  type TargetDraft,
} from "./target-draft.ts";
import { TestResult } from "./test-result.tsx";
import { TimeFields } from "./time-fields.tsx";
import { WordFields } from "./word-fields.tsx";

/** What each part of the form is given. */
export interface TargetParts {
  draft: TargetDraft;
  change: (change: Partial<TargetDraft>) => void;
  errors: FieldErrors;
  /** As it is stored; null: it is new. */
  known: NotificationTarget | null;
}

/** One place where people are told, to make or to change; its test takes what is written, saved or not. */
export function TargetForm({
  known,
  taken,
  leave,
}: {
  known: NotificationTarget | null;
  /** Names that there are. */
  taken: readonly string[];
  leave: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(known));
  const form = useRef<HTMLFormElement>(null);
  const queries = useQueryClient();
  const name = draft.name.trim();
  const save = useMutation({
    mutationFn: () => (known ? changeTarget : makeTarget)(name, bodyOf(draft)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: targetsKey });
      leave();
    },
  });
  const test = useMutation({ mutationFn: () => testTarget(name, bodyOf(draft)) });
  const problem = save.error ?? test.error;
  const isTaken = !known && taken.includes(name);
  const errors = { ...errorsOf(problem), ...(isTaken ? { name: t("targetForm.taken") } : {}) };
  useEffect(() => {
    if (problem) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [problem]);
  const change = (some: Partial<TargetDraft>): void =>
    setDraft((before) => ({ ...before, ...some }));
  const parts = { draft, change, errors, known };
  const title = known ? known.name : t("targets.new");
  return (
    <form
      ref={form}
      className={css["page"]}
      aria-label={title}
      onSubmit={(event) => {
        event.preventDefault();
        if (isTaken) return;
        test.reset();
        save.mutate();
      }}
    >
      <header className={css["head"]}>
        <h2>{title}</h2>
        <div className={css["acts"]}>
          <Button kind="first" type="submit" isBusy={save.isPending}>
            {t("targetForm.save")}
          </Button>
          <Button
            isBusy={test.isPending}
            onClick={() => {
              save.reset();
              if (form.current?.reportValidity()) test.mutate();
            }}
          >
            {t("targetForm.test")}
          </Button>
          <Button onClick={leave}>{t("settings.cancel")}</Button>
        </div>
      </header>
      {problem && (
        <Notice
          kind="bad"
          title={t(save.error ? "targetForm.notSaved" : "targetForm.notTested")}
          text={problem.message}
        />
      )}
      <TestResult result={test.data} />
      <General {...parts} />
      <PlaceFields {...parts} />
      <RouteFields {...parts} />
      <TimeFields {...parts} />
      <WordFields {...parts} />
    </form>
  );
}

function General({ draft, change, errors, known }: TargetParts): React.ReactNode {
  const { t } = useTranslation();
  const kinds: readonly TargetKind[] = known ? [known.kind] : targetKinds;
  return (
    <Panel title={t("targetForm.general")}>
      <div className={css["columns"]}>
        <Field
          label={t("column.name")}
          value={draft.name}
          required
          maxLength={63}
          pattern="[a-z0-9][a-z0-9\-]*"
          readOnly={known !== null}
          autoFocus={known === null}
          hint={known ? undefined : t("targetForm.nameHint")}
          error={errorAt(errors, "name")}
          onChange={({ target }) => change({ name: target.value })}
        />
        <Select
          label={t("targets.kind")}
          value={draft.kind}
          choices={kinds.map((value) => ({ value, words: t(`targetKind.${value}`) }))}
          choose={(kind) => change({ kind })}
          hint={t(`targetHint.${draft.kind}`)}
        />
        <Choice
          label={t("targetForm.enabled")}
          isChosen={draft.enabled}
          choose={(enabled) => change({ enabled })}
        />
      </div>
    </Panel>
  );
}
