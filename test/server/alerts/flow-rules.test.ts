import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { flowRules } from "../../../src/alert/logs/flow-rules.ts";
import { queryScopesOf } from "../../../src/alert/logs/log-rule.ts";
import { type LogRuleReach, ruleKey } from "../../../src/alert/logs/log-status.ts";
import { flowLogType } from "../../../src/arm/flow-log.ts";
import { silentLog } from "../../../src/common/log.ts";
import { logRuleType } from "../../../src/provider/insights/log-rules/scheduled-query-rules.ts";
import { makeFlowRules } from "../../../src/server/alerts/flow-rules.ts";
import { createLogRuleReader } from "../../../src/server/alerts/log-rule-reader.ts";
import { openState, type State } from "../../../src/state/state.ts";

const subscription = "/subscriptions/11111111-1111-1111-1111-111111111111";
const group = `${subscription}/resourceGroups/nightcap/providers`;
let directory: string;
let state: State;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "nightcap-flow-rules-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
});
afterEach(async () => {
  await state.close();
  rmSync(directory, { recursive: true });
});

const make = () =>
  makeFlowRules({
    state,
    subscription,
    resourceGroup: "nightcap",
    location: "local",
    actionGroups: [`${group}/Microsoft.Insights/actionGroups/night`],
    log: silentLog,
  });
const rules = () => createLogRuleReader({ state, subscription, log: silentLog })();

test("the rules are made with the first flow log, once: what somebody changes or deletes stays so", async () => {
  expect(await make()).toBe(false);
  expect(await rules()).toEqual([]);
  const id = `${group}/Microsoft.Network/networkWatchers/w/flowLogs/f`;
  await state.resources.put({ id, type: flowLogType, body: { properties: {} } });
  expect(await make()).toBe(true);
  const made = await rules();
  expect(made.map((rule) => rule.id.split("/").at(-1))).toEqual([
    "nightcap-denied-burst",
    "nightcap-malicious-flow",
    "nightcap-new-destination",
    "nightcap-scan",
  ]);
  expect(made.map(({ properties }) => [properties.enabled, properties.scopes])).toEqual(
    made.map(() => [true, [subscription]]),
  );
  expect(made[0]?.properties.actions?.actionGroups).toHaveLength(1);
  const scan = `${group}/${logRuleType}/nightcap-scan`;
  const found = await state.resources.get(scan);
  const properties = { ...(found?.body["properties"] as object), enabled: false };
  await state.resources.put({ id: scan, type: logRuleType, body: { ...found?.body, properties } });
  await state.resources.delete(`${group}/${logRuleType}/nightcap-denied-burst`);
  expect(await make()).toBe(true);
  const left = await rules();
  expect(left).toHaveLength(3);
  expect(left.find((rule) => rule.id === scan)?.properties.enabled).toBe(false);
});

test("a workspace shows a rule what it shows the rule's author", async () => {
  const workspace = `${group}/Microsoft.OperationalInsights/workspaces/w`;
  const [made] = flowRules;
  const put = async (name: string, seesAll: boolean): Promise<void> => {
    const id = `${group}/${logRuleType}/${name}`;
    const properties = { ...made?.properties, scopes: [workspace] };
    await state.resources.put({ id, type: logRuleType, body: { properties } });
    await state.documents<LogRuleReach>("logRuleReach").put(ruleKey(id), { seesAll });
  };
  await put("owner", true);
  await put("reader-of-one", false);
  const scopes = (await rules()).map(queryScopesOf);
  expect(scopes).toEqual([[subscription], [workspace]]);
});
