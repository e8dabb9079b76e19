import type { LogRuleStatus } from "../../../alert/logs/log-status.ts";
import { ruleKey } from "../../../alert/logs/log-status.ts";
import { isoTime } from "../../../common/clock.ts";
import type { State, StoredResource } from "../../../state/state.ts";

/** A rule with how it does, in `properties.nightcap`; what a client sends of it again is left out. */
export async function withStatus(
  { state }: { state: State },
  rule: StoredResource,
): Promise<StoredResource> {
  const found = await state.documents<LogRuleStatus>("logRuleStatuses").get(ruleKey(rule.id));
  const properties = rule.body["properties"] as { enabled?: boolean };
  const nightcap = viewStatus(found?.body ?? null, properties.enabled ?? true);
  return { ...rule, body: { ...rule.body, properties: { ...properties, nightcap } } };
}

export function withoutStatus(properties: object): object {
  const { nightcap: _status, ...rest } = properties as { nightcap?: unknown };
  return rest;
}

function viewStatus(status: LogRuleStatus | null, isEnabled: boolean): Record<string, unknown> {
  const failure = status?.failure ?? null;
  const known = failure ? "Failing" : status?.checkedTime == null ? "Waiting" : "Healthy";
  return {
    health: isEnabled ? known : "Disabled",
    problem: failure?.reason ?? null,
    failingSince: failure ? isoTime(failure.sinceTime) : null,
    failedAttempts: failure?.attemptCount ?? 0,
    lastEvaluationTime: status?.checkedTime == null ? null : isoTime(status.checkedTime),
    lastWindowEndTime: status?.checkedSecond == null ? null : isoTime(status.checkedSecond * 1_000),
    windowsSkipped: status?.skippedCount ?? 0,
    seriesLeftOut: status?.isCut ?? false,
    firedAlerts: status?.firedCount ?? 0,
  };
}
