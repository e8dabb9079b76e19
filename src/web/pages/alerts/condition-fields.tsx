import { useTranslation } from "react-i18next";
import { type Machine, useMetricDefinitions, useWorkspaces } from "../../api/rule-targets.ts";
import { Button } from "../../parts/button.tsx";
import { Panel } from "../../parts/panel.tsx";
import { useSignedIn } from "../../shell/session-context.ts";
import css from "./alerts.module.css";
import { Choice } from "../../parts/choice.tsx";
import { DurationSelect } from "./duration-select.tsx";
import { DynamicFields } from "./dynamic-fields.tsx";
import { LogFields } from "./log-fields.tsx";
import { MetricFields } from "./metric-fields.tsx";
import { nameOf } from "./names.ts";
import { criterionCountMax, newCriterion } from "./rule-draft.ts";
import type { DraftParts } from "./rule-form.tsx";
import { kindOf } from "./rule-words.ts";
import { isContainer } from "./targets.ts";

type ConditionParts = DraftParts & { machines: readonly Machine[] };

/** What the rule is about, what it looks at, and how often. */
export function ConditionFields(parts: ConditionParts): React.ReactNode {
  const { t } = useTranslation();
  const kind = kindOf(parts.draft);
  return (
    <>
      <Panel title={t("alerts.target")}>
        <Targets {...parts} />
      </Panel>
      <Panel title={t("alerts.condition")} aside={kind === "static" && <AddButton {...parts} />}>
        {kind === "static" && <StaticFields {...parts} />}
        {kind === "dynamic" && <DynamicFields {...parts} />}
        {kind === "log" && <LogFields {...parts} />}
        <Timing {...parts} />
      </Panel>
    </>
  );
}

function Targets({ draft, change, errors, machines }: ConditionParts): React.ReactNode {
  const { t } = useTranslation();
  const { subscriptionId } = useSignedIn();
  const { data: workspaces = [] } = useWorkspaces();
  const subscription = `/subscriptions/${subscriptionId}`;
  const isLog = kindOf(draft) === "log";
  const places = [...(isLog ? workspaces : []), ...machines].map(({ id }) => id);
  const known = new Set([subscription, ...places].map((id) => id.toLowerCase()));
  const others = draft.scopes.filter((id) => !known.has(id.toLowerCase()));
  const all = [subscription, ...places, ...others];
  const has = (id: string): boolean =>
    draft.scopes.some((scope) => scope.toLowerCase() === id.toLowerCase());
  const choose = (id: string, isChosen: boolean): void => {
    const rest = draft.scopes.filter((scope) => scope.toLowerCase() !== id.toLowerCase());
    // All of them, or some: a subscription beside a machine in it would be the same twice.
    const kept = rest.filter((scope) => isContainer(scope) === isContainer(id));
    const scopes = isChosen ? [...kept, id] : rest;
    change({ ...draft, scopes: scopes.length === 0 ? draft.scopes : scopes });
  };
  return (
    <div className={css["columns"]}>
      <fieldset className={`${css["choices"]} ${css["wide"]}`}>
        <legend>{t(isLog ? "alertHint.logScopes" : "alertHint.scopes")}</legend>
        {all.map((id) => (
          <Choice
            key={id}
            label={id === subscription ? t("alerts.allHosts") : nameOf(id)}
            isChosen={has(id)}
            choose={(isChosen) => choose(id, isChosen)}
          />
        ))}
      </fieldset>
      {errors["scopes"] !== undefined && <p className={css["error"]}>{errors["scopes"]}</p>}
    </div>
  );
}

function StaticFields(parts: ConditionParts): React.ReactNode {
  const { data: definitions = [] } = useMetricDefinitions();
  const { draft, change } = parts;
  const { allOf } = draft.criteria;
  const remove = (at: number): void =>
    change({
      ...draft,
      criteria: { ...draft.criteria, allOf: allOf.filter((_each, index) => index !== at) },
    });
  return allOf.map((criterion, at) => (
    <MetricFields
      key={`${at} of ${allOf.length}`}
      {...parts}
      criterion={criterion}
      at={at}
      definitions={definitions}
      remove={allOf.length > 1 ? () => remove(at) : null}
    />
  ));
}

function AddButton({ draft, change }: ConditionParts): React.ReactNode {
  const { t } = useTranslation();
  const { allOf } = draft.criteria;
  if (allOf.length >= criterionCountMax) return null;
  const add = (): void =>
    change({
      ...draft,
      criteria: { ...draft.criteria, allOf: [...allOf, newCriterion(allOf.length)] },
    });
  return <Button onClick={add}>{t("alertForm.addCriterion")}</Button>;
}

function Timing({ draft, change, errors }: ConditionParts): React.ReactNode {
  const { t } = useTranslation();
  return (
    <div className={`${css["columns"]} ${css["criterion"]}`}>
      <DurationSelect
        label={t("alertForm.window")}
        value={draft.windowSize}
        choose={(windowSize) => change({ ...draft, windowSize })}
        hint={t("alertHint.window")}
        error={errors["windowSize"]}
      />
      <DurationSelect
        label={t("alertForm.frequency")}
        value={draft.evaluationFrequency}
        choose={(evaluationFrequency) => change({ ...draft, evaluationFrequency })}
        hint={t("alertHint.frequency")}
        error={errors["evaluationFrequency"]}
      />
    </div>
  );
}
