import { useTranslation } from "react-i18next";
import { type AlertRule, useAlertRules, useRuleStates } from "../../api/alert-rules.ts";
import { useFiredAlerts } from "../../api/fired-alerts.ts";
import { useParameters } from "../../parts/address.ts";
import { Button } from "../../parts/button.tsx";
import { Field } from "../../parts/field.tsx";
import { Notice } from "../../parts/notice.tsx";
import { Panel } from "../../parts/panel.tsx";
import { Select } from "../../parts/select.tsx";
import { useAllowed } from "../../shell/session-context.ts";
import css from "./alerts.module.css";
import { actionsOn } from "./rule-access.ts";
import { lastFiredOf, type RuleState, ruleStates, stateOf } from "./rule-states.ts";
import { RuleTable, type ShownRule } from "./rule-table.tsx";
import { kindOf, type RuleKind } from "./rule-words.ts";

const kinds: readonly RuleKind[] = ["static", "dynamic", "log"];

/** All rules, narrowed by what is written in the bar. */
export function RulesPart(): React.ReactNode {
  const { t } = useTranslation();
  const [parameters, change] = useParameters();
  const { data: rules, error } = useAlertRules();
  const shown = useShownRules(rules ?? []);
  const filter = (parameters.get("filter") ?? "").toLowerCase();
  const kind = parameters.get("kind") ?? "";
  const state = parameters.get("state") ?? "";
  if (error) return <Notice kind="bad" title={t("alerts.none")} text={error.message} />;
  if (!rules) return null;
  const wanted = shown.filter(
    (each) =>
      (kind === "" || each.kind === kind) &&
      (state === "" || each.state === state) &&
      textOf(each.rule).includes(filter),
  );
  return (
    <>
      <div className={css["head"]}>
        <div className={css["bar"]}>
          <Field
            label={t("alerts.filter")}
            type="search"
            value={parameters.get("filter") ?? ""}
            onChange={({ target }) => change({ filter: target.value })}
          />
          <Select
            label={t("alerts.kind")}
            value={kind}
            choices={[
              { value: "", words: t("alerts.any") },
              ...kinds.map((value) => ({ value: value as string, words: t(`alertKind.${value}`) })),
            ]}
            choose={(value) => change({ kind: value })}
          />
          <Select
            label={t("column.state")}
            value={state}
            choices={[
              { value: "", words: t("alerts.any") },
              ...ruleStates.map((value) => ({
                value: value as string,
                words: t(`alertState.${value}`),
              })),
            ]}
            choose={(value) => change({ state: value })}
          />
        </div>
        <NewRuleButtons />
      </div>
      {rules.length === 0 && (
        <Notice kind="calm" title={t("alerts.empty")} text={t("alerts.emptyText")} />
      )}
      {rules.length > 0 && (
        <Panel title={t("alerts.count", { count: wanted.length })}>
          <RuleTable rules={wanted} />
        </Panel>
      )}
    </>
  );
}

const textOf = ({ name, properties }: AlertRule): string =>
  [name, properties.description ?? "", ...properties.scopes, JSON.stringify(properties.criteria)]
    .join(" ")
    .toLowerCase();

function useShownRules(rules: readonly AlertRule[]): ShownRule[] {
  const { data: states } = useRuleStates();
  const { data: fired = [] } = useFiredAlerts();
  const last = lastFiredOf(fired);
  return rules.map((rule) => {
    const state: RuleState = stateOf(rule, states);
    const lastFired = last.get(rule.id.toLowerCase()) ?? null;
    return { rule, state, kind: kindOf(rule.properties), lastFired };
  });
}

function NewRuleButtons(): React.ReactNode {
  const { t } = useTranslation();
  const [, change] = useParameters();
  const mayMetric = useAllowed(actionsOn.metric.write);
  const mayLog = useAllowed(actionsOn.log.write);
  return (
    <div className={css["buttons"]}>
      {kinds
        .filter((kind) => (kind === "log" ? mayLog : mayMetric))
        .map((kind) => (
          <Button
            key={kind}
            kind={kind === "static" ? "first" : "plain"}
            onClick={() => change({ edit: `new-${kind}` })}
          >
            {t(`alertNew.${kind}`)}
          </Button>
        ))}
    </div>
  );
}
