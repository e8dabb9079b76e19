// The engine over a real state and a real archive, with the clock held.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAlertEngine, dueChecks, type AlertEngine } from "../../src/alert/engine.ts";
import type { AlertState, AlertTables } from "../../src/alert/rule-state.ts";
import type { BaselineStatus } from "../../src/alert/dynamic/baseline-status.ts";
import type { Delivery } from "../../src/alert/delivery.ts";
import { parseMetricAlert } from "../../src/alert/rule.ts";
import { expandRule } from "../../src/alert/rule-targets.ts";
import type { AlertTransition } from "../../src/alert/transition.ts";
import type { Clock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { createMetricQuery } from "../../src/metric/query.ts";
import {
  metricArchiveSettings,
  openMetricArchive,
  type MetricArchive,
} from "../../src/state/metric-archive.ts";
import { openState, type State } from "../../src/state/state.ts";
import { documentsRule, functionGroup, groupId, ruleId, vmId } from "./rules.ts";

const start = 1_700_000_100; // a whole number of five minutes
let now = start;
const clock: Clock = { now: () => now * 1_000, sleep: () => new Promise(() => {}) };
let directory: string;
let archive: MetricArchive;
let state: State;
let rules: { id: string; properties: unknown }[];
let told: AlertTransition[];
let ids: number;
let crashInTransaction: boolean;
/** What a rule over a group is about; measurements are kept by these ids. */
const machines = [vmId, `${vmId}-2`].map((id) => ({ id, location: "local" }));

beforeEach(async () => {
  now = start;
  directory = mkdtempSync(join(tmpdir(), "nightcap-engine-"));
  const settings = metricArchiveSettings.parse({ flushIntervalSeconds: 60 });
  archive = openMetricArchive({ path: join(directory, "m.db"), settings, clock, log: silentLog });
  state = await openState({ kind: "sqlite", path: join(directory, "state.db") });
  rules = [{ id: ruleId, properties: documentsRule() }];
  told = [];
  ids = 0;
  crashInTransaction = false;
});
afterEach(async () => {
  await archive.close();
  await state.close();
  rmSync(directory, { recursive: true });
});

const tables = (from: State): AlertTables => ({
  states: from.documents<AlertState>("alertStates"),
  deliveries: from.documents<Delivery>("deliveries"),
});
const deliveries = async (): Promise<Delivery[]> =>
  (await tables(state).deliveries.list()).map(({ body }) => body);

/** A new one is what a new process has. */
function engine(): AlertEngine {
  const query = createMetricQuery(archive);
  return createAlertEngine({
    rules: async () =>
      rules.flatMap(({ id, properties }) =>
        expandRule({ id, properties: parseMetricAlert(properties) }, machines),
      ),
    metrics: ({ resourceId, ...window }) => query.window({ hostId: resourceId, ...window }),
    history: ({ resourceId, ...window }) => query.history({ hostId: resourceId, ...window }),
    actionGroup: async (id) =>
      id === groupId
        ? functionGroup("http://127.0.0.1:9/api?code=secret", { emailReceivers: [{ name: "e" }] })
        : null,
    states: tables(state).states,
    baselines: state.documents<BaselineStatus>("baselineStatuses"),
    transact: (work) =>
      state.transact(async (inside) => {
        const result = await work(tables(inside));
        if (crashInTransaction) throw new Error("killed");
        return result;
      }),
    clock,
    log: silentLog,
    newId: () => `00000000-0000-4000-8000-00000000000${++ids}`,
    onTransition: (transition) => told.push(transition),
  });
}

/** One value a second on [from, to). */
function measure(from: number, to: number, value: number, machine = vmId): void {
  now = Math.max(now, to); // the archive takes nothing from far in the future
  const list = Array.from({ length: to - from }, (_, index) => from + index);
  archive.append(
    machine,
    list.map((second) => ({ series: "Network Out Total", second, value })),
  );
}
/** Evaluates at `second`, a little after it as a process would. */
const at = async (alerts: AlertEngine, second: number): Promise<string> => {
  now = second;
  await alerts.evaluateDue(second * 1_000 + 600);
  return told.map(({ monitorCondition }) => monitorCondition).join(" ");
};

describe("the rule of the documents", () => {
  test("fires once when the average of five minutes passes 3, and resolves after three checks below", async () => {
    const alerts = engine();
    measure(start - 300, start, 3);
    expect(await at(alerts, start)).toBe(""); // 3 is not greater than 3
    measure(start, start + 60, 3);
    measure(start + 59, start + 60, 4); // one byte more: average 901 / 300
    expect(await at(alerts, start + 30)).toBe(""); // not yet its minute
    expect(await at(alerts, start + 60)).toBe("Fired");
    expect(told[0]).toMatchObject({
      windowStartTime: (start - 240) * 1_000,
      windowEndTime: (start + 60) * 1_000,
      windowSize: "PT5M",
      criteria: [
        {
          metricValue: 901 / 300,
          threshold: 3,
          metricNamespace: "Microsoft.Compute/virtualMachines",
        },
      ],
    });
    measure(start + 60, start + 900, 0);
    expect(await at(alerts, start + 120)).toBe("Fired"); // 661 / 300: first check below
    expect(await at(alerts, start + 180)).toBe("Fired");
    expect(await at(alerts, start + 240)).toBe("Fired Resolved");
    expect(await at(alerts, start + 300)).toBe("Fired Resolved");
    expect(told[1]).toMatchObject({ alertId: told[0]?.alertId, firedTime: told[0]?.firedTime });
    measure(start + 900, start + 1_200, 10);
    expect(await at(alerts, start + 1_200)).toBe("Fired Resolved Fired");
    expect(told[2]?.alertId).not.toBe(told[0]?.alertId);
  });

  test("over a group fires and resolves for each machine by itself", async () => {
    const { criteria, ...rest } = documentsRule();
    const odataType = "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria";
    const several = {
      scopes: [vmId.split("/providers/")[0]],
      targetResourceType: "Microsoft.Compute/virtualMachines",
      targetResourceRegion: "global",
    };
    const properties = { ...rest, ...several, criteria: { ...criteria, "odata.type": odataType } };
    rules = [{ id: ruleId, properties }];
    const alerts = engine();
    measure(start - 300, start, 9);
    measure(start - 300, start, 0, `${vmId}-2`);
    expect(await at(alerts, start)).toBe("Fired");
    measure(start, start + 300, 0);
    measure(start, start + 300, 9, `${vmId}-2`);
    for (const minute of [1, 2, 3, 4, 5]) await at(alerts, start + minute * 60);
    expect(
      told.map(({ monitorCondition, targetResourceId }) => [monitorCondition, targetResourceId]),
    ).toEqual([
      ["Fired", vmId],
      ["Fired", `${vmId}-2`],
    ]);
    measure(start + 300, start + 600, 0);
    for (const minute of [6, 7, 8]) await at(alerts, start + minute * 60);
    expect(told.at(-1)).toMatchObject({
      monitorCondition: "Resolved",
      alertId: told[0]?.alertId,
      criteriaType: "MultipleResourceMultipleMetricCriteria",
    });
    expect(await tables(state).states.list()).toHaveLength(2);
  });

  test("records a delivery for each receiver, also for those it cannot serve", async () => {
    measure(start - 300, start, 9);
    await at(engine(), start);
    const [supported, email] = (await deliveries()).sort((a, b) =>
      a.receiverType.localeCompare(b.receiverType),
    );
    expect(supported).toMatchObject({ state: "Pending", receiverName: "responder", attempts: [] });
    expect(JSON.parse(supported?.body ?? "")).toMatchObject({
      schemaId: "AzureMonitorMetricAlert",
      data: { status: "Activated", properties: { team: "network" }, context: { resourceId: vmId } },
    });
    expect(email).toMatchObject({ state: "NotSupported", reason: "not supported: emailReceivers" });
  });
});

test("no data changes nothing, neither from met nor from not met", async () => {
  const alerts = engine();
  expect(await at(alerts, start)).toBe("");
  measure(start, start + 60, 9);
  expect(await at(alerts, start + 60)).toBe("Fired");
  for (let minute = 7; minute < 12; minute++) await at(alerts, start + minute * 60);
  expect(told).toHaveLength(1);
});

test("a check above in between starts the count of checks below again", async () => {
  rules = [
    {
      id: ruleId,
      properties: { ...documentsRule(), windowSize: "PT1S", evaluationFrequency: "PT1S" },
    },
  ];
  const alerts = engine();
  const history: string[] = [];
  for (const [index, value] of [9, 0, 0, 9, 0, 0, 0].entries()) {
    measure(start + index, start + index + 1, value);
    history.push(await at(alerts, start + index + 1));
  }
  expect(history).toEqual([...Array.from({ length: 6 }, () => "Fired"), "Fired Resolved"]);
});

test("checks that were missed are made up for, so a burst of one second is not overlooked", async () => {
  rules = [
    {
      id: ruleId,
      properties: { ...documentsRule(), windowSize: "PT1S", evaluationFrequency: "PT1S" },
    },
  ];
  const alerts = engine();
  measure(start, start + 20, 0);
  await at(alerts, start + 1);
  measure(start + 5, start + 6, 9);
  expect(await at(alerts, start + 20)).toBe("Fired Resolved");
});

test.each([
  [100, 100, 10, []],
  [90, 100, 10, [100]],
  [70, 100, 10, [80, 90, 100]],
  [0, 100_000, 60, [99_760, 99_820, 99_880, 99_940, 100_000]],
  [120, 100, 10, []],
])("checked until %i, now %i, every %i s: look at %j", (checked, latest, frequency, expected) => {
  expect(dueChecks(checked, latest, frequency)).toEqual(expected);
});

test("without auto-mitigation it never resolves, and a new burst is a new alert", async () => {
  rules = [
    { id: ruleId, properties: { ...documentsRule(), autoMitigate: false, windowSize: "PT1M" } },
  ];
  const alerts = engine();
  for (const [index, value] of [9, 9, 0, 0, 0, 0, 9, 9].entries()) {
    measure(start + index * 60, start + (index + 1) * 60, value);
    await at(alerts, start + (index + 1) * 60);
  }
  expect(
    told.map(({ monitorCondition, alertId }) => `${monitorCondition} ${alertId.at(-1)}`),
  ).toEqual(["Fired 1", "Fired 2"]);
});

test("a restart neither forgets a fired alert nor fires it again", async () => {
  measure(start - 300, start + 60, 9);
  await at(engine(), start);
  await at(engine(), start);
  await at(engine(), start + 60);
  expect(told).toHaveLength(1);
  measure(start + 60, start + 900, 0);
  const alerts = engine();
  for (const minute of [6, 7, 8]) await at(alerts, start + minute * 60);
  expect(told.map(({ monitorCondition }) => monitorCondition)).toEqual(["Fired", "Resolved"]);
});

test("a crash inside the transaction leaves neither state nor delivery, and the next check makes both", async () => {
  measure(start - 300, start, 9);
  crashInTransaction = true;
  await at(engine(), start);
  expect([await deliveries(), await tables(state).states.count()]).toEqual([[], 0]);
  crashInTransaction = false;
  await at(engine(), start);
  expect(await deliveries()).toHaveLength(2);
  expect(told).toHaveLength(1);
});

test("two processes at once make one alert", async () => {
  measure(start - 300, start, 9);
  await Promise.all([at(engine(), start), at(engine(), start)]);
  expect(told).toHaveLength(1);
  expect(await deliveries()).toHaveLength(2);
});

test("a rule that is disabled or deleted has no state", async () => {
  measure(start - 300, start, 9);
  const alerts = engine();
  await at(alerts, start);
  rules = [{ id: ruleId, properties: { ...documentsRule(), enabled: false } }];
  await at(alerts, start + 60);
  expect(await tables(state).states.count()).toBe(0);
  expect(told).toHaveLength(1);
});

test("a rule that cannot be evaluated does not keep others from it", async () => {
  measure(start - 300, start, 9);
  const broken = documentsRule();
  for (const criterion of broken.criteria.allOf) criterion.metricName = "Unknown";
  rules = [{ id: `${ruleId}-0`, properties: broken }, ...rules];
  await at(engine(), start);
  expect(told.map(({ ruleName }) => ruleName)).toEqual(["net-out"]);
});
