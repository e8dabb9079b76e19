// Alerts whose rule is gone, off, or about something else, and what becomes of them.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AlertRecord, recordingStates } from "../../../src/alert/alert-record.ts";
import type { AlertState } from "../../../src/alert/rule-state.ts";
import type { AlertTransition } from "../../../src/alert/transition.ts";
import type { Clock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { createOrphanLook } from "../../../src/server/alerts/orphaned-alerts.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { documentsRule, vmId } from "../../alert/rules.ts";

const subscription = "/subscriptions/11111111-1111-1111-1111-111111111111";
const group = `${subscription}/resourceGroups/rg1`;
const metricType = "Microsoft.Insights/metricAlerts";
const logType = "Microsoft.Insights/scheduledQueryRules";
const idOf = (name: string, type = metricType): string => `${group}/providers/${type}/${name}`;

let directory: string;
let state: State;
let now = Date.parse("2026-11-22T10:00:00Z");
const clock: Clock = { now: () => now, sleep: () => new Promise(() => {}) };
const look = () => createOrphanLook({ state, subscription, clock, log: silentLog });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "nightcap-orphans-"));
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
});
afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true });
});

const putRule = (id: string, change: object = {}, type = metricType) =>
  state.resources.put({
    id,
    type,
    body: { location: "global", properties: { ...documentsRule(), ...change } },
  });

/** As the engine does it: the state's change makes the record. */
const fire = (ruleId: string, change: Partial<AlertTransition> = {}): Promise<unknown> => {
  const alertId = ruleId.split("/").at(-1) ?? "";
  const transition: AlertTransition = {
    transitionId: `${alertId}-fired`,
    monitorCondition: "Fired",
    alertId,
    originAlertId: "origin",
    ruleId,
    ruleName: alertId,
    description: "",
    severity: 3,
    targetResourceId: vmId,
    firedTime: now,
    resolvedTime: null,
    windowSize: "PT5M",
    windowStartTime: 0,
    windowEndTime: 300_000,
    criteria: [],
    customProperties: null,
    ...change,
  };
  return state.transact(async (inside) =>
    recordingStates(
      inside.documents<AlertState>("alertStates"),
      inside.documents<AlertRecord>("alerts"),
    ).put(ruleId.toLowerCase(), { ...transition, rearmed: false, transition }),
  );
};

const conditions = async () =>
  Object.fromEntries(
    (await state.documents<AlertRecord>("alerts").list()).map(({ key, body }) => [
      key,
      `${body.transition.monitorCondition} ${body.modifications.at(-1)?.comment}`.trim(),
    ]),
  );

test("an alert ends with its rule, and its history says why", async () => {
  await putRule(idOf("stays"));
  await putRule(idOf("off"), { enabled: false });
  await putRule(idOf("elsewhere"), { scopes: [`${vmId}-2`] });
  await putRule(idOf("unreadable"), { criteria: {} });
  await putRule(idOf("query", logType), { scopes: [subscription] }, logType);
  for (const name of ["gone", "stays", "off", "elsewhere", "unreadable"]) await fire(idOf(name));
  await fire(idOf("query", logType));
  await look()();
  expect(await conditions()).toEqual({
    gone: "Resolved the alert rule was deleted",
    stays: "Fired",
    off: "Resolved the alert rule was disabled",
    elsewhere: "Resolved the alert rule is not about this resource any more",
    unreadable: "Fired",
    query: "Fired",
  });
  const gone = await state.documents<AlertRecord>("alerts").get("gone");
  expect(gone?.body).toMatchObject({
    transition: { transitionId: "gone-resolved", resolvedTime: now },
    userState: "New",
    modifiedBy: "System",
    modifications: [
      { event: "AlertCreated" },
      { event: "MonitorConditionChange", oldValue: "Fired", newValue: "Resolved", by: "System" },
    ],
  });
});

test("it is seen when a rule goes, and what fired while it went is seen later", async () => {
  await putRule(idOf("brief"));
  await fire(idOf("brief"));
  const again = look();
  await again();
  expect(await conditions()).toEqual({ brief: "Fired" });
  await state.resources.delete(idOf("brief"));
  await again();
  expect(await conditions()).toEqual({ brief: "Resolved the alert rule was deleted" });
  await fire(idOf("late"));
  await again();
  expect(await conditions()).toMatchObject({ late: "Fired" });
  now += 301_000;
  await again();
  expect(await conditions()).toMatchObject({ late: "Resolved the alert rule was deleted" });
});
