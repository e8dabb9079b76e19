import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import {
  type CaptureChoices,
  createCapture,
  type FieldProblem,
  useCaptureChoices,
  useCapturePreview,
} from "../../../api/capture-create.ts";
import { createAction } from "../../../api/captures.ts";
import { topicKey } from "../../../api/topics.ts";
import { Button } from "../../../parts/button.tsx";
import { Notice } from "../../../parts/notice.tsx";
import { useAllowed } from "../../../shell/session-context.ts";
import { FiltersPart } from "./filters-part.tsx";
import { LimitsPart, MorePart, StoragePart, TargetPart } from "./form-parts.tsx";
import { problemsOf, refusalsOf } from "./form-problems.ts";
import { type CaptureProperties, emptyForm, type FormState, propertiesOf } from "./form-state.ts";
import css from "./form.module.css";
import { PreviewPanel } from "./preview-panel.tsx";
import { ProblemsContext } from "./problems-context.ts";
import { SamePanel } from "./same-panel.tsx";

/** Makes a packet capture, and shows before what it would be given. */
export function NewCapturePage(): React.ReactNode {
  const { t } = useTranslation();
  const mayCreate = useAllowed(createAction);
  const { data: choices, error } = useCaptureChoices();
  if (!mayCreate) {
    return <Notice kind="warn" title={t("captureForm.notAllowed")} />;
  }
  if (error) return <Notice kind="bad" title={t("captures.none")} text={error.message} />;
  if (!choices) return null;
  return <Form choices={choices} />;
}

/** With one host and one account there is nothing to choose. */
const firstForm = ({ targets, accounts }: CaptureChoices): FormState => ({
  ...emptyForm,
  storageId: accounts[0]?.id ?? "",
  ...(targets.length === 1 && targets[0]
    ? { targetId: targets[0].id, targetType: targets[0].targetType }
    : {}),
});

function Form({ choices }: { choices: CaptureChoices }): React.ReactNode {
  const { t } = useTranslation();
  const [form, setForm] = useState(() => firstForm(choices));
  const [isTried, setTried] = useState(false);
  const [refused, setRefused] = useState<readonly FieldProblem[]>([]);
  const properties = useMemo(() => propertiesOf(form), [form]);
  const own = useMemo(() => problemsOf(form.name, properties), [form.name, properties]);
  const id = captureIdOf(form, choices);
  const create = useCreate(id, properties, (error) => setRefused(refusalsOf(error)));
  const settled = useSettled(form.targetId === "" ? null : properties);
  const preview = useCapturePreview(settled);
  const change = (changes: Partial<FormState>): void => {
    setForm((before) => ({ ...before, ...changes }));
    setRefused([]);
    create.reset();
  };
  const submit = (event: React.SyntheticEvent): void => {
    event.preventDefault();
    setTried(true);
    if (own.length === 0 && id !== null) create.mutate();
  };
  const isShown = ({ field }: FieldProblem): boolean => isTried || !isUntouched(form, field);
  const problems = [...own.filter(isShown), ...refused];
  const parts = { form, change, choices };
  return (
    <ProblemsContext value={problems}>
      <form className={css["page"]} onSubmit={submit} noValidate>
        <h1>{t("captureForm.title")}</h1>
        <div className={css["columns"]}>
          <div className={css["column"]}>
            <TargetPart {...parts} />
            <FiltersPart {...parts} />
            <LimitsPart {...parts} />
            <StoragePart {...parts} />
            <MorePart {...parts} />
          </div>
          <aside className={css["aside"]}>
            <PreviewPanel
              properties={properties}
              preview={preview.data}
              why={preview.error?.message}
            />
            <SamePanel id={id ?? ""} properties={properties} />
          </aside>
        </div>
        {create.error && (
          <Notice kind="bad" title={t("captureForm.notMade")} text={create.error.message} />
        )}
        {isTried && own.length > 0 && (
          <Notice
            kind="bad"
            title={t("captureForm.lookAgain", { count: own.length })}
            text={own.map(({ message }) => message).join(" ")}
          />
        )}
        <div className={css["buttons"]}>
          <Button kind="first" type="submit" isBusy={create.isPending}>
            {t("captureForm.create")}
          </Button>
          <Link href="/captures">{t("captureForm.cancel")}</Link>
        </div>
      </form>
    </ProblemsContext>
  );
}

/** What nobody has written in yet is not told to be missing. */
const isUntouched = (form: FormState, field: string): boolean =>
  (field === "name" && form.name === "") ||
  (field === "target" && form.targetId === "") ||
  (field === "storageLocation.storageId" && form.filePath === "" && form.storageId === "");

/** In the network watcher of the target's region; null: there is none, or no target. */
function captureIdOf({ targetId, name }: FormState, choices: CaptureChoices): string | null {
  const target = choices.targets.find(({ id }) => id === targetId);
  const plain = (text: string): string => text.toLowerCase().replaceAll(" ", "");
  const watcher = choices.watchers.find(
    ({ location }) => target !== undefined && plain(location) === plain(target.location),
  );
  return watcher ? `${watcher.id}/packetCaptures/${encodeURIComponent(name)}` : null;
}

function useCreate(
  id: string | null,
  properties: CaptureProperties,
  onRefused: (error: Error) => void,
) {
  const [, go] = useLocation();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => createCapture(id ?? "", properties),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: [topicKey("capture")] });
      go("/captures");
    },
    onError: onRefused,
  });
}

const settleMilliseconds = 350;

/** What was written, once nobody writes on: hosts are not asked at each key. */
function useSettled(properties: CaptureProperties | null): CaptureProperties | null {
  const [settled, setSettled] = useState(properties);
  const text = useDeferredValue(JSON.stringify(properties));
  useEffect(() => {
    const timer = setTimeout(
      () => setSettled(JSON.parse(text) as CaptureProperties | null),
      settleMilliseconds,
    );
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
