import { type LogRuleResource, parseLogRule } from "../../alert/logs/log-rule.ts";
import { type LogRuleReach, ruleKey } from "../../alert/logs/log-status.ts";
import { describeError } from "../../common/errors.ts";
import type { Log } from "../../common/log.ts";
import { logRuleType } from "../../provider/insights/log-rules/scheduled-query-rules.ts";
import type { State } from "../../state/state.ts";
import { isWorkspace } from "./rule-rows.ts";

/** Reads every log alert rule, each text once. One that cannot be read stops no other; it is told of once. */
export function createLogRuleReader(options: {
  state: State;
  subscription: string;
  log: Log;
}): () => Promise<LogRuleResource[]> {
  const { state, subscription, log } = options;
  let known = new Map<string, LogRuleResource | null>();
  return async () => {
    const stored = await state.resources.list({ scope: subscription, type: logRuleType });
    const next = new Map<string, LogRuleResource | null>();
    for (const { id, etag, body } of stored) {
      const key = `${id}|${etag}`;
      const before = known.get(key);
      next.set(key, before === undefined ? read(id, body["properties"], log) : before);
    }
    known = next;
    const reach = state.documents<LogRuleReach>("logRuleReach");
    const seeingAll = new Set(
      (await reach.list()).filter(({ body }) => body.seesAll).map(({ key }) => key),
    );
    const rules = [...next.values()].filter((rule) => rule !== null);
    return rules.map((rule) => {
      const seesAll = seeingAll.has(ruleKey(rule.id)) && rule.properties.scopes.some(isWorkspace);
      const { id, properties } = rule;
      return seesAll ? { id, properties, queryScopes: [subscription] } : rule;
    });
  };
}

function read(id: string, properties: unknown, log: Log): LogRuleResource | null {
  try {
    return { id, properties: parseLogRule(properties) };
  } catch (error) {
    log.error({ rule: id, reason: describeError(error) }, "rule unread");
    return null;
  }
}
