// Dynamic thresholds in the engine, over a real state and a real archive of twelve days, with the clock held.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { BaselineStatus } from "../../../src/alert/dynamic/baseline-status.ts";
import type { Delivery } from "../../../src/alert/delivery.ts";
import { learnedPerPassMax } from "../../../src/alert/dynamic/baselines.ts";
import { createAlertEngine, type AlertEngine } from "../../../src/alert/engine.ts";
import type { AlertState } from "../../../src/alert/rule-state.ts";
import { parseMetricAlert } from "../../../src/alert/rule.ts";
import type { AlertTransition } from "../../../src/alert/transition.ts";
import type { Clock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { createMetricQuery } from "../../../src/metric/query.ts";
import {
  metricArchiveSettings,
  openMetricArchive,
  type MetricArchive,
} from "../../../src/state/metric-archive.ts";
import { openState, type State } from "../../../src/state/state.ts";
import { dynamicRule, functionGroup, ruleId, vmId } from "../rules.ts";
import { monday, seriesOf, shapes } from "./synthetic-series.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const start = monday + 12 * day;

let now = start;
const clock: Clock = { now: () => now * 1_000, sleep: () => new Promise(() => {}) };
let directory: string;
let archive: MetricArchive;
let state: State;
let rules: { id: string; properties: unknown }[];
let told: AlertTransition[];
let outcomes: string[];
let historyReads: number;

/** One measurement a minute. */
function measure(
  series: string,
  from: number,
  to: number,
  value: (second: number) => number,
): void {
  now = to;
  const count = (to - from) / minute;
  const seconds = Array.from({ length: count }, (_, index) => from + index * minute);
  archive.append(
    vmId,
    seconds.map((second) => ({ series, second, value: value(second) })),
  );
  archive.flush();
}

const daily = seriesOf(shapes["traffic by day"], { seed: 3, days: 14, windowSeconds: minute });
const usual = (second: number): number => daily.values[(second - monday) / minute] ?? 0;
const traffic = "Network Out Total";

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "nightcap-dynamic-"));
  const settings = metricArchiveSettings.parse({
    flushIntervalSeconds: 60,
    secondsKeptHours: 24 * 31,
  });
  archive = openMetricArchive({ path: join(directory, "m.db"), settings, clock, log: silentLog });
  for (let from = monday; from < start; from += day) {
    measure(traffic, from, from + day, usual);
    measure("Packets In Total", from, from + day, () => 7);
    if (from >= start - 2 * day) measure("Packets Out Total", from, from + day, usual);
    measure("Interface Bytes Out|eth0", from, from + day, usual);
    measure("Interface Bytes Out|eth1", from, from + day, () => 500);
  }
  measure(traffic, start, start + 12 * hour, usual);
  measure("Packets In Total", start, start + 12 * hour, () => 7);
  measure("Packets Out Total", start, start + 12 * hour, usual);
});
afterAll(async () => {
  await archive.close();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  state = await openState({ kind: "sqlite", path: join(directory, `${Math.random()}.db`) });
  rules = [{ id: ruleId, properties: dynamicRule() }];
  [told, outcomes, historyReads] = [[], [], 0];
  return () => state.close();
});

const tables = (from: State) => ({
  states: from.documents<AlertState>("alertStates"),
  deliveries: from.documents<Delivery>("deliveries"),
});

/** A new one is what a new process has. */
function engine(): AlertEngine {
  const query = createMetricQuery(archive);
  return createAlertEngine({
    rules: async () =>
      rules.map(({ id, properties }) => ({ id, properties: parseMetricAlert(properties) })),
    metrics: ({ resourceId, ...window }) => query.window({ hostId: resourceId, ...window }),
    history: ({ resourceId, ...window }) => {
      historyReads++;
      return query.history({ hostId: resourceId, ...window });
    },
    actionGroup: async () => functionGroup("http://127.0.0.1:9/api"),
    states: tables(state).states,
    baselines: state.documents<BaselineStatus>("baselineStatuses"),
    transact: (work) => state.transact((inside) => work(tables(inside))),
    clock,
    log: silentLog,
    newId: () => "00000000-0000-4000-8000-000000000001",
    onTransition: (transition) => told.push(transition),
    count: (name, { outcome }) => name === "evaluations" && outcomes.push(outcome ?? ""),
  });
}

/** Evaluates at the end of each minute of [from, to]; `next` gives the engine for each. */
async function run(from: number, to: number, next: () => AlertEngine): Promise<string[]> {
  for (let second = from; second <= to; second += minute) {
    now = second;
    await next().evaluateDue(second * 1_000 + 600);
  }
  return told.map(
    ({ monitorCondition, windowEndTime }) =>
      `${monitorCondition} ${new Date(windowEndTime).toISOString().slice(11, 16)}`,
  );
}
const statuses = async (): Promise<BaselineStatus[]> =>
  (await state.documents<BaselineStatus>("baselineStatuses").list()).map(({ body }) => body);
const one = (alerts: AlertEngine) => () => alerts;

const attack = (from: number) => () => {
  measure(traffic, from, from + 30 * minute, (second) => usual(second) * 40);
  measure(traffic, from + 30 * minute, from + hour, usual);
};

test("the day's own rise is no alarm, forty times the traffic of that hour is, and it says why", async () => {
  expect(await run(start + 4 * hour, start + 5 * hour, one(engine()))).toEqual([]);
  expect(await statuses()).toMatchObject([
    { ruleId, series: [{ state: "Ready", seasonality: "Daily", sampleCount: 2_880 }] },
  ]);
  attack(start + 12 * hour)();
  const found = await run(start + 11 * hour, start + 13 * hour, one(engine()));
  expect(found.map((text) => text.split(" ")[0])).toEqual(["Fired", "Resolved"]);
  const [fired] = told;
  const [criterion] = fired?.criteria ?? [];
  expect(fired).toMatchObject({ criteriaType: "MultipleResourceMultipleMetricCriteria" });
  expect(criterion?.dynamic).toMatchObject({
    alertSensitivity: "Medium",
    failingPeriods: { numberOfEvaluationPeriods: 4, minFailingPeriodsToAlert: 2 },
    ignoreDataBefore: null,
    seasonality: "Daily",
    sampleCount: 2_880,
    failingPeriodCount: 2,
    valueTime: fired?.windowEndTime,
  });
  expect(criterion?.metricValue).toBeGreaterThan(criterion?.dynamic?.expectedHigh ?? Infinity);
  expect(criterion?.threshold).toBe(criterion?.dynamic?.expectedHigh);
  measure(traffic, start + 12 * hour, start + 13 * hour, usual);
});

test("a restart before each check changes nothing: same alarms, same bounds", async () => {
  attack(start + 12 * hour)();
  const [from, to] = [start + 11 * hour + 50 * minute, start + 12 * hour + 50 * minute];
  const steady = await run(from, to, one(engine()));
  const bounds = told.map(({ criteria }) => criteria);
  await state.close();
  state = await openState({ kind: "sqlite", path: join(directory, "restarted.db") });
  told = [];
  // A new process looks at the newest window only when it is due, so each gets the same minute.
  expect(await runRestarting(from, to)).toEqual([steady[0]]);
  expect(told[0]?.criteria).toEqual(bounds[0]);
  measure(traffic, start + 12 * hour, start + 13 * hour, usual);
});

/** Resolution needs three checks of one process, so only the firing is there. */
const runRestarting = (from: number, to: number) => run(from, to, engine);

test("too little history is no alarm, is counted as such, and as none with ignoreDataBefore", async () => {
  const metric = { metricName: "Packets Out Total", operator: "GreaterThan" };
  rules = [{ id: ruleId, properties: dynamicRule(metric) }];
  measure("Packets Out Total", start + 11 * hour, start + 12 * hour, () => 1e12);
  expect(await run(start + 11 * hour, start + 12 * hour, one(engine()))).toEqual([]);
  expect(new Set(outcomes)).toEqual(new Set(["learning"]));
  expect(await statuses()).toMatchObject([
    {
      ruleId,
      series: [
        {
          dimensions: [],
          state: "Learning",
          seasonality: null,
          firstSampleTime: (start - 2 * day) * 1_000,
        },
      ],
    },
  ]);
  outcomes = [];
  const ignoreDataBefore = new Date((start - day) * 1_000).toISOString();
  rules = [{ id: ruleId, properties: dynamicRule({ ignoreDataBefore }) }];
  await run(start + 11 * hour, start + 11 * hour + 5 * minute, one(engine()));
  expect(new Set(outcomes)).toEqual(new Set(["learning"]));
});

test("a constant that changes is an alarm; where nothing is measured nothing is said", async () => {
  const metric = { metricName: "Packets In Total", alertSensitivity: "Low" };
  rules = [{ id: ruleId, properties: dynamicRule(metric) }];
  measure("Packets In Total", start + 12 * hour, start + 12 * hour + 10 * minute, () => 8);
  const found = await run(start + 11 * hour, start + 13 * hour, one(engine()));
  expect(found.map((text) => text.split(" ")[0])).toEqual(["Fired"]);
  expect(outcomes.at(-1)).toBe("noData");
});

test("each value of a dimension has a baseline of its own", async () => {
  const metric = {
    metricName: "Interface Bytes Out",
    dimensions: [{ name: "Interface", operator: "Include", values: ["*"] }],
    failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
  };
  rules = [{ id: ruleId, properties: dynamicRule(metric) }];
  measure("Interface Bytes Out|eth0", start, start + hour, usual);
  measure("Interface Bytes Out|eth1", start, start + hour, () => 1e6); // usual for eth0, not for eth1
  await run(start + 20 * minute, start + 30 * minute, one(engine()));
  expect(told[0]?.criteria[0]?.dimensions).toEqual([{ name: "Interface", value: "eth1" }]);
});

test("many rules are learned a few in a pass, once an hour, and no check is lost", async () => {
  rules = Array.from({ length: 30 }, (_, index) => ({
    id: `${ruleId}${index}`,
    properties: {
      ...dynamicRule({ ignoreDataBefore: new Date((monday + index) * 1_000).toISOString() }),
      evaluationFrequency: "PT5M",
    },
  }));
  const alerts = engine();
  const second = start + 11 * hour;
  now = second;
  await alerts.evaluateDue(second * 1_000 + 600);
  expect(historyReads).toBe(learnedPerPassMax);
  for (let pass = 1; pass < 15; pass++) await alerts.evaluateDue(second * 1_000 + 600 + pass * 250);
  expect([historyReads, outcomes.length]).toEqual([30, 30]);
  for (let pass = 0; pass < 20; pass++) await alerts.evaluateDue((second + 300) * 1_000 + 600);
  expect(outcomes.length).toBe(60);
  expect(historyReads).toBeLessThan(30 + 8); // five minutes of an hour
});

test("a rule that is deleted has no baseline", async () => {
  const alerts = engine();
  await run(start + hour, start + hour, one(alerts));
  expect(await statuses()).toHaveLength(1);
  rules = [];
  await run(start + hour + minute, start + hour + minute, one(alerts));
  expect(await statuses()).toEqual([]);
});
