import type { Evaluation } from "./evaluate.ts";
import type { RuleResource } from "./rule-state.ts";
import { targetParts } from "./target.ts";
import type { AlertTransition } from "./transition.ts";

/** What made a rule change. */
export interface ChangeCause {
  rule: RuleResource;
  evaluation: Evaluation;
  window: { fromSecond: number; toSecond: number };
}

/** A rule's change with all that a notification says of it. */
export function describeTransition(
  { rule, evaluation, window }: ChangeCause,
  about: Pick<AlertTransition, "monitorCondition" | "alertId" | "firedTime" | "resolvedTime">,
): AlertTransition {
  const parts = targetParts(rule.id);
  const targetResourceId = rule.properties.scopes[0] ?? "";
  const ruleName = parts?.resourceName ?? rule.id;
  const origin = [
    parts?.subscriptionId,
    parts?.resourceGroupName,
    "microsoft.insights_metricAlerts",
    ruleName,
    hash32(targetResourceId.toLowerCase()),
  ];
  return {
    transitionId: `${about.alertId}-${about.monitorCondition.toLowerCase()}`,
    ...about,
    originAlertId: origin.join("_"),
    ruleId: rule.id,
    ruleName,
    description: rule.properties.description ?? "",
    severity: rule.properties.severity,
    targetResourceId,
    windowSize: rule.properties.windowSize,
    windowStartTime: window.fromSecond * 1_000,
    windowEndTime: window.toSecond * 1_000,
    criteria: evaluation.criteria,
    criteriaType: rule.properties.criteria["odata.type"].replace("Microsoft.Azure.Monitor.", ""),
    customProperties: rule.properties.customProperties ?? null,
  };
}

/** A signed 32-bit number of a text, as Azure has at the end of originAlertId (FNV-1a here). */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}
