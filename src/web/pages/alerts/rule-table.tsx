import { Switch } from "@base-ui/react/switch";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { actionGroupsOf, type AlertRule, deleteRule, enableRule } from "../../api/alert-rules.ts";
import { topicKey } from "../../api/topics.ts";
import { useParameters } from "../../parts/address.ts";
import { Button } from "../../parts/button.tsx";
import { ConfirmDialog } from "../../parts/confirm-dialog.tsx";
import { type Column, DataTable } from "../../parts/data-table.tsx";
import { Ago } from "../../parts/moment.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Severity } from "../../parts/severity.tsx";
import css from "./alerts.module.css";
import { nameOf, targetNames } from "./names.ts";
import { useRuleAllowed } from "./rule-access.ts";
import type { RuleState } from "./rule-states.ts";
import { type RuleKind, useRuleWords } from "./rule-words.ts";

/** A rule with what is known of it. */
export interface ShownRule {
  rule: AlertRule;
  kind: RuleKind;
  state: RuleState;
  lastFired: string | null;
}

/** Rules with their conditions in words, and how each does. */
export function RuleTable({ rules }: { rules: readonly ShownRule[] }): React.ReactNode {
  const columns = useColumns();
  const { t } = useTranslation();
  return (
    <DataTable<ShownRule>
      label={t("alertPart.rules")}
      rows={rules}
      keyOf={({ rule }) => rule.id}
      columns={columns}
    />
  );
}

function useColumns(): Column<ShownRule>[] {
  const { t } = useTranslation();
  const { condition } = useRuleWords();
  return [
    {
      key: "name",
      title: t("column.name"),
      show: (row) => <RuleName shown={row} />,
      sortBy: ({ rule }) => rule.name.toLowerCase(),
    },
    {
      key: "condition",
      title: t("alerts.condition"),
      show: ({ rule }) => (
        <div className={css["condition"]}>
          {condition(rule)}
          {rule.properties.nightcap?.problem != null && (
            <p className={css["error"]}>{rule.properties.nightcap.problem}</p>
          )}
        </div>
      ),
    },
    {
      key: "target",
      title: t("alerts.target"),
      show: ({ rule }) => targetNames(rule.properties.scopes, t("alerts.allHosts")),
      sortBy: ({ rule }) => targetNames(rule.properties.scopes, t("alerts.allHosts")),
    },
    {
      key: "severity",
      title: t("alerts.severity"),
      show: ({ rule }) => <Severity value={rule.properties.severity} />,
      sortBy: ({ rule }) => rule.properties.severity,
    },
    {
      key: "state",
      title: t("column.state"),
      show: ({ state }) => (
        <span className={css["state"]} data-state={state}>
          {t(`alertState.${state}`)}
        </span>
      ),
      sortBy: ({ state }) => state,
    },
    {
      key: "fired",
      title: t("alerts.lastFired"),
      show: ({ lastFired }) => (lastFired === null ? "–" : <Ago time={lastFired} />),
      sortBy: ({ lastFired }) => lastFired ?? "",
    },
    {
      key: "groups",
      title: t("alertPart.groups"),
      show: ({ rule }) => actionGroupsOf(rule.properties).map(nameOf).join(", ") || "–",
    },
    { key: "do", title: t("alerts.actions"), show: ({ rule }) => <RuleActions rule={rule} /> },
  ];
}

function RuleName({ shown: { rule, kind } }: { shown: ShownRule }): React.ReactNode {
  const { t } = useTranslation();
  const [, change] = useParameters();
  return (
    <div className={css["name"]}>
      <button type="button" onClick={() => change({ edit: rule.id })}>
        {rule.name}
      </button>
      <span className={css["small"]}>{t(`alertKind.${kind}`)}</span>
    </div>
  );
}

function RuleActions({ rule }: { rule: AlertRule }): React.ReactNode {
  const { t } = useTranslation();
  const [, change] = useParameters();
  const [isAsked, ask] = useState(false);
  const { mayWrite, mayDelete } = useRuleAllowed(rule);
  const refresh = useRefresh();
  const remove = useMutation({
    mutationFn: () => deleteRule(rule),
    onSuccess: () => ask(false),
    onSettled: refresh,
  });
  const enable = useMutation({
    mutationFn: (enabled: boolean) => enableRule(rule, enabled),
    onSettled: refresh,
  });
  const { name } = rule;
  return (
    <div className={css["rowButtons"]}>
      <Switch.Root
        className={css["switch"]}
        aria-label={t("alerts.enabledOf", { name })}
        checked={enable.isPending ? enable.variables : rule.properties.enabled}
        disabled={!mayWrite || enable.isPending}
        onCheckedChange={(enabled) => enable.mutate(enabled)}
      >
        <Switch.Thumb className={css["thumb"]} />
      </Switch.Root>
      {mayWrite && (
        <Button
          kind="quiet"
          aria-label={t("alerts.duplicateOf", { name })}
          onClick={() => change({ edit: "copy", from: rule.id })}
        >
          {t("alerts.duplicate")}
        </Button>
      )}
      {mayDelete && (
        <Button kind="quiet" aria-label={t("alerts.deleteOf", { name })} onClick={() => ask(true)}>
          {t("alerts.delete")}
        </Button>
      )}
      {enable.error && <span className={css["error"]}>{enable.error.message}</span>}
      <ConfirmDialog
        isOpen={isAsked}
        change={ask}
        title={t("alerts.deleteTitle", { name })}
        text={t("alerts.deleteText")}
        words={{ confirm: t("alerts.delete"), cancel: t("alerts.keep") }}
        isBusy={remove.isPending}
        confirm={() => remove.mutate()}
      >
        {remove.error && (
          <Notice kind="bad" title={t("alerts.notDone")} text={remove.error.message} />
        )}
      </ConfirmDialog>
    </div>
  );
}

/** Asks for all that is about alerts again, at once. */
export function useRefresh(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [topicKey("alert")] });
}
