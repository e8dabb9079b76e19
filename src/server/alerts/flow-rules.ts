import { flowRules, type FlowRule } from "../../alert/logs/flow-rules.ts";
import { parseLogRule } from "../../alert/logs/log-rule.ts";
import { flowLogType } from "../../arm/flow-log.ts";
import { describeError } from "../../common/errors.ts";
import { type Closable, startLoop } from "../../common/lifecycle.ts";
import type { Log } from "../../common/log.ts";
import { logRuleBody } from "../../provider/insights/log-rules/log-rule-request.ts";
import { logRuleType } from "../../provider/insights/log-rules/scheduled-query-rules.ts";
import type { State } from "../../state/state.ts";

/** Between two looks for the first flow log. */
const lookMilliseconds = 5_000;

/** What is remembered of a rule that was made: it is made once, and stays away when somebody deletes it. */
interface MadeRule {
  version: number;
  /** Of the resource as it was made: another one is somebody's change. */
  etag: string;
}

export interface FlowRulesOptions {
  state: State;
  /** `/subscriptions/{id}`, which is also what the rules are about. */
  subscription: string;
  resourceGroup: string;
  location: string;
  /** Whom the rules tell from the beginning. */
  actionGroups: readonly string[];
  log: Log;
}

/** Makes the built-in rules when there is a flow log: who has none pays for no query. */
export function startFlowRules(options: FlowRulesOptions): Closable {
  let isDone = false;
  return startLoop({
    intervalMilliseconds: lookMilliseconds,
    async work() {
      if (!isDone) isDone = await makeFlowRules(options);
    },
    onError: (error) =>
      options.log.error({ reason: describeError(error) }, "built-in rules are not made"),
  });
}

/** False while there is no flow log. */
export async function makeFlowRules(options: FlowRulesOptions): Promise<boolean> {
  const { state, subscription } = options;
  const flowLogs = await state.resources.list({ scope: subscription, type: flowLogType, limit: 1 });
  if (flowLogs.length === 0) return false;
  for (const rule of flowRules) await makeRule(options, rule);
  return true;
}

async function makeRule(options: FlowRulesOptions, rule: FlowRule): Promise<void> {
  const { state, subscription, resourceGroup, location, actionGroups, log } = options;
  const made = state.documents<MadeRule>("madeFlowRules");
  const known = (await made.get(rule.name))?.body;
  if (known && known.version >= rule.version) return;
  const id = `${subscription}/resourceGroups/${resourceGroup}/providers/${logRuleType}/${rule.name}`;
  const found = await state.resources.get(id);
  const isTheirs = known ? found?.etag !== known.etag : found !== null;
  if (!isTheirs) {
    const actions = actionGroups.length > 0 ? { actions: { actionGroups } } : {};
    const parsed = parseLogRule({ ...rule.properties, ...actions, scopes: [subscription] });
    const body = logRuleBody({ location, tags: {} }, parsed);
    const stored = await state.resources.put({ id, type: logRuleType, body });
    await made.put(rule.name, { version: rule.version, etag: stored.etag });
    log.info({ rule: id }, "built-in rule made");
    return;
  }
  await made.put(rule.name, { version: rule.version, etag: known?.etag ?? "" });
}
