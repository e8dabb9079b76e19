import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import {
  type AlertRule,
  logRuleType,
  metricAlertType,
  putRule,
  type RuleProperties,
  typeOf,
  useAlertRules,
} from "../../api/alert-rules.ts";
import { type Machine, useMachines } from "../../api/rule-targets.ts";
import { Button } from "../../parts/button.tsx";
import { Notice } from "../../parts/notice.tsx";
import { useSignedIn } from "../../shell/session-context.ts";
import { ActionFields } from "./action-fields.tsx";
import css from "./alerts.module.css";
import { ConditionFields } from "./condition-fields.tsx";
import { GeneralFields } from "./general-fields.tsx";
import { PreviewPanel } from "./preview-panel.tsx";
import { useRuleAllowed } from "./rule-access.ts";
import { fieldErrors, newRule, toPut } from "./rule-draft.ts";
import { useRefresh } from "./rule-table.tsx";
import { kindOf, type RuleKind, useRuleWords } from "./rule-words.ts";

/** What every part of the form works with. */
export interface DraftParts {
  draft: RuleProperties;
  change: (draft: RuleProperties) => void;
  /** What is wrong, by the path below `properties`. */
  errors: Readonly<Record<string, string>>;
}

/** A new rule, a copy of one, or one that is there; `wanted` says which, by its id. */
export function RuleForm({
  wanted,
  model,
  leave,
}: {
  wanted: string;
  model: string | null;
  leave: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const { data: rules, error } = useAlertRules();
  const { data: machines } = useMachines();
  if (error) return <Notice kind="bad" title={t("alerts.none")} text={error.message} />;
  if (!rules || !machines) return null;
  const id = (wanted === "copy" ? model : wanted)?.toLowerCase();
  const known = rules.find((rule) => rule.id.toLowerCase() === id) ?? null;
  const [, kind] = /^new-(static|dynamic|log)$/.exec(wanted) ?? [];
  if (!known && kind === undefined) {
    return (
      <Notice kind="calm" title={t("alerts.gone")} text={t("alerts.goneText")}>
        <Button onClick={leave}>{t("alerts.back")}</Button>
      </Notice>
    );
  }
  return (
    <LoadedForm
      known={known}
      isCopy={wanted === "copy"}
      kind={kind as RuleKind | undefined}
      machines={machines}
      leave={leave}
    />
  );
}

function useDraft(
  known: AlertRule | null,
  kind: RuleKind | undefined,
  machines: readonly Machine[],
): RuleProperties {
  const { subscriptionId } = useSignedIn();
  const subscription = `/subscriptions/${subscriptionId}`;
  if (known) return known.properties;
  return newRule(
    kind ?? "static",
    kind === "log" ? subscription : (machines[0]?.id ?? subscription),
  );
}

function LoadedForm({
  known,
  isCopy,
  kind,
  machines,
  leave,
}: {
  known: AlertRule | null;
  isCopy: boolean;
  kind: RuleKind | undefined;
  machines: readonly Machine[];
  leave: () => void;
}): React.ReactNode {
  const { t } = useTranslation();
  const { condition } = useRuleWords();
  const [draft, change] = useState(useDraft(known, kind, machines));
  const [name, setName] = useState(isCopy && known ? `${known.name}-2` : (known?.name ?? ""));
  const isNew = !known || isCopy;
  const wanted = toPut(draft, machines[0]?.location ?? "local");
  const save = useSave({ known: isNew ? null : known, name, wanted, leave });
  const errors = save.error ? fieldErrors(save.error.message) : {};
  const shownKind = kindOf(draft);
  const mayWrite = useMayWrite(draft);
  return (
    <form
      className={css["form"]}
      aria-label={t(`alertNew.${shownKind}`)}
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <header className={css["head"]}>
        <h1>{isNew ? t(`alertNew.${shownKind}`) : known.name}</h1>
        <div className={css["buttons"]}>
          {mayWrite && (
            <Button kind="first" type="submit" isBusy={save.isPending} disabled={name === ""}>
              {t("alerts.save")}
            </Button>
          )}
          <Button onClick={leave}>{t(mayWrite ? "alerts.cancel" : "alerts.back")}</Button>
        </div>
      </header>
      {save.error && <Notice kind="bad" title={t("alerts.notSaved")} text={save.error.message} />}
      <p className={css["sentence"]}>{condition({ properties: draft })}</p>
      <div className={css["sides"]}>
        <div className={css["side"]}>
          <fieldset className={css["fields"]} disabled={!mayWrite}>
            <GeneralFields
              draft={draft}
              change={change}
              errors={errors}
              name={name}
              rename={isNew ? setName : null}
            />
            <ConditionFields draft={draft} change={change} errors={errors} machines={machines} />
            <ActionFields draft={draft} change={change} errors={errors} />
          </fieldset>
        </div>
        <div className={css["beside"]}>
          <PreviewPanel properties={wanted} kind={shownKind} />
        </div>
      </div>
    </form>
  );
}

function useMayWrite(draft: RuleProperties): boolean {
  const type = kindOf(draft) === "log" ? logRuleType : metricAlertType;
  const { mayWrite } = useRuleAllowed({ type } as AlertRule);
  return mayWrite;
}

function useSave({
  known,
  name,
  wanted,
  leave,
}: {
  known: AlertRule | null;
  name: string;
  wanted: RuleProperties;
  leave: () => void;
}) {
  const { subscriptionId, resourceGroup } = useSignedIn();
  const refresh = useRefresh();
  const isLog = kindOf(wanted) === "log";
  return useMutation({
    mutationFn() {
      const type = known ? typeOf(known) : isLog ? logRuleType : metricAlertType;
      const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
      const id = known?.id ?? `${group}/providers/${type}/${encodeURIComponent(name)}`;
      const location = known?.location ?? (isLog ? "local" : "global");
      const tags = known?.tags ? { tags: known.tags } : {};
      return putRule(id, type, { location, ...tags, properties: wanted });
    },
    async onSuccess() {
      await refresh();
      leave();
    },
  });
}
