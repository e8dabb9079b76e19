import { type AlertRule, logRuleType, metricAlertType, typeOf } from "../../api/alert-rules.ts";
import { useAllowed } from "../../shell/session-context.ts";

/** What a role must have for each kind of rule. */
export const actionsOn = {
  metric: { write: `${metricAlertType}/write`, delete: `${metricAlertType}/delete` },
  log: { write: `${logRuleType}/write`, delete: `${logRuleType}/delete` },
} as const;

/** What this person may do with a rule. */
export function useRuleAllowed(rule: AlertRule): { mayWrite: boolean; mayDelete: boolean } {
  const actions = typeOf(rule) === logRuleType ? actionsOn.log : actionsOn.metric;
  return { mayWrite: useAllowed(actions.write), mayDelete: useAllowed(actions.delete) };
}
