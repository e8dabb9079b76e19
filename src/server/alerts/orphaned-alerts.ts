import type { AlertRecord } from "../../alert/alert-record.ts";
import { type KnownRule, resolveOrphans } from "../../alert/orphaned-alerts.ts";
import { parseMetricAlert } from "../../alert/rule.ts";
import { expandRule, type RuleTarget } from "../../alert/rule-targets.ts";
import type { Clock } from "../../common/clock.ts";
import { describeError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import { logRuleType } from "../../provider/insights/log-rules/scheduled-query-rules.ts";
import { createRuleMachines } from "../../provider/insights/rule-machines.ts";
import { metricAlertType } from "../../provider/insights/rules-and-groups.ts";
import type { State, StoredResource } from "../../state/state.ts";

const lookMilliseconds = 2_000;
/** All alerts are read this often although no rule changed: one may have fired while its rule was being deleted. */
const wholeLookMilliseconds = 300_000;

export interface OrphanOptions {
  state: State;
  subscription: string;
  clock: Clock;
  log: Log;
}

/** Resolves the alerts of rules that were deleted or disabled, or are about other machines now. */
export function startOrphanedAlerts(options: OrphanOptions): Closable {
  const look = createOrphanLook(options);
  return startLoop({
    intervalMilliseconds: lookMilliseconds,
    work: look,
    onError: (error) =>
      options.log.error({ reason: describeError(error) }, "alerts of rules that are gone stay"),
  });
}

/** One look: the alerts are read only when rules or machines are others than at the last, or that is long ago. */
export function createOrphanLook({ state, subscription, clock, log }: OrphanOptions) {
  const machines = createRuleMachines(state, { scope: subscription, clock });
  let seen: string | null = null;
  let wholeAt = 0;
  return async (): Promise<void> => {
    const stored = await Promise.all(
      [metricAlertType, logRuleType].map((type) =>
        state.resources.list({ scope: subscription, type }),
      ),
    );
    const targets = await machines();
    const now = clock.now();
    const signs = stored.flat().map(({ id, etag }) => `${id} ${etag}`);
    const sign = [...signs, ...targets.map(({ id }) => id)].toSorted().join("\n");
    if (sign === seen && now - wholeAt < wholeLookMilliseconds) return;
    const rules = new Map(
      stored.flat().map((rule) => [rule.id.toLowerCase(), knownRule(rule, targets)]),
    );
    const alerts = state.documents<AlertRecord>("alerts");
    const { resolvedCount, missedCount } = await resolveOrphans(alerts, rules, now);
    if (resolvedCount > 0) log.info({ resolvedCount }, "alerts resolved that no rule looks at");
    seen = missedCount === 0 ? sign : null;
    wholeAt = now;
  };
}

/** A rule that cannot be read keeps its alerts. */
function knownRule({ id, type, body }: StoredResource, machines: readonly RuleTarget[]): KnownRule {
  const properties = body["properties"] as { enabled?: unknown } | undefined;
  const isEnabled = properties?.enabled !== false;
  if (type.toLowerCase() !== metricAlertType.toLowerCase()) return { isEnabled, targets: null };
  try {
    const rules = expandRule({ id, properties: parseMetricAlert(properties) }, machines);
    const scopes = rules.flatMap((each) => each.properties.scopes);
    return { isEnabled, targets: new Set(scopes.map((scope) => scope.toLowerCase())) };
  } catch {
    return { isEnabled, targets: null };
  }
}
