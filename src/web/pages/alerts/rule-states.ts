import type { AlertRule, RuleStates } from "../../api/alert-rules.ts";
import type { FiredAlert } from "../../api/fired-alerts.ts";

export const ruleStates = ["firing", "ok", "learning", "failing", "off"] as const;
export type RuleState = (typeof ruleStates)[number];

/** How a rule does: what is wrong first. */
export function stateOf(
  { id, properties }: Pick<AlertRule, "id" | "properties">,
  states: RuleStates | undefined,
): RuleState {
  const key = id.toLowerCase();
  if (!properties.enabled) return "off";
  if ((properties.nightcap?.firedAlerts ?? 0) > 0 || states?.firing.has(key)) return "firing";
  if (properties.nightcap?.health === "Failing") return "failing";
  return states?.learning.has(key) ? "learning" : "ok";
}

/** When each rule, by its id in lower case, fired last. */
export function lastFiredOf(alerts: readonly FiredAlert[]): Map<string, string> {
  const last = new Map<string, string>();
  for (const { properties } of alerts) {
    const { alertRule, startDateTime } = properties.essentials;
    const key = alertRule.toLowerCase();
    if (startDateTime > (last.get(key) ?? "")) last.set(key, startDateTime);
  }
  return last;
}
