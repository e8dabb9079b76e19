// A preview beside the engine itself: both look at the same recorded measurements, the engine minute by minute.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Delivery } from "../../../src/alert/delivery.ts";
import type { BaselineStatus } from "../../../src/alert/dynamic/baseline-status.ts";
import { createAlertEngine } from "../../../src/alert/engine.ts";
import { evaluationTimes } from "../../../src/alert/preview/evaluation-times.ts";
import type { Span } from "../../../src/alert/preview/preview.ts";
import { previewMetricRule } from "../../../src/alert/preview/preview-metric-rule.ts";
import { createScratchTable } from "../../../src/alert/preview/scratch-table.ts";
import { createTurns } from "../../../src/alert/preview/turns.ts";
import { expandRule } from "../../../src/alert/rule-targets.ts";
import type { AlertState } from "../../../src/alert/rule-state.ts";
import { parseMetricAlert } from "../../../src/alert/rule.ts";
import type { AlertTransition } from "../../../src/alert/transition.ts";
import type { Clock } from "../../../src/common/clock.ts";
import { silentLog } from "../../../src/common/log.ts";
import { holdMeasurements } from "../../../src/metric/held-measurements.ts";
import { createMetricQuery, type MeasurementSource } from "../../../src/metric/query.ts";
import {
  metricArchiveSettings,
  openMetricArchive,
  type MetricArchive,
} from "../../../src/state/metric-archive.ts";
import { dynamicRule, documentsRule, ruleId, vmId } from "../rules.ts";
import { monday, seriesOf, shapes } from "../dynamic/synthetic-series.ts";

const minute = 60;
const day = 86_400;
const end = monday + 9 * day;
const other = `${vmId}-2`;
const machines = [vmId, other].map((id) => ({ id, location: "local" }));

let now = end;
const clock: Clock = { now: () => now * 1_000, sleep: () => new Promise(() => {}) };
let directory: string;
let archive: MetricArchive;

/** One measurement a minute, but for two hours of the last day in which the host was away. */
function measure(series: string, machine: string, value: (second: number) => number): void {
  for (let from = monday; from < end; from += day) {
    now = from + day;
    const seconds = Array.from({ length: day / minute }, (_, index) => from + index * minute);
    archive.append(
      machine,
      seconds
        .filter((second) => second < end - 5 * 3_600 || second >= end - 3 * 3_600)
        .map((second) => ({ series, second, value: value(second) })),
    );
    archive.flush();
  }
}

const shape = seriesOf(shapes["rare bursts"], { seed: 5, days: 9, windowSeconds: minute });
const bursts = (second: number): number => shape.values[(second - monday) / minute] ?? 0;
/** Half an hour of ten times as much, twice a day, and once, nine hours before the end, of forty times as much. */
const rising = (second: number): number => {
  const isOnce = second >= end - 9 * 3_600 && second < end - 8.5 * 3_600;
  const times = isOnce ? 40 : (second % (12 * 3_600)) / 1_800 < 1 ? 10 : 1;
  return times * (100 + ((second / minute) % 7));
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "nightcap-preview-"));
  const settings = metricArchiveSettings.parse({
    flushIntervalSeconds: 60,
    secondsKeptHours: 24 * 31,
  });
  archive = openMetricArchive({ path: join(directory, "m.db"), settings, clock, log: silentLog });
  measure("Network Out Total", vmId, rising);
  measure("Network Out Total", other, bursts);
  measure("Interface Bytes Out|eth0", vmId, rising);
  measure("Interface Bytes Out|eth1", vmId, bursts);
});
afterAll(async () => {
  await archive.close();
  rmSync(directory, { recursive: true });
});

const sourcesOf = (source: MeasurementSource) => {
  const query = createMetricQuery(source);
  return {
    metrics: ({ resourceId, ...window }: Parameters<typeof windowOf>[0]) =>
      query.window({ hostId: resourceId, ...window }),
    history: ({ resourceId, ...window }: Parameters<typeof historyOf>[0]) =>
      query.history({ hostId: resourceId, ...window }),
  };
};
type Options = Parameters<typeof previewMetricRule>[1];
declare function windowOf(query: Parameters<Options["metrics"]>[0]): void;
declare function historyOf(query: Parameters<Options["history"]>[0]): void;

const preview = (properties: unknown, span: Span, more: Partial<Options> = {}) =>
  previewMetricRule(
    { id: ruleId, properties: parseMetricAlert(properties) },
    { ...sourcesOf(holdMeasurements(archive)), span, machines, turn: () => {}, ...more },
  );

/** What the engine told, when it was asked at the end of each window, as windows ended. */
async function engineTold(properties: unknown, span: Span): Promise<AlertTransition[]> {
  const told: AlertTransition[] = [];
  const tables = {
    states: createScratchTable<AlertState>(),
    deliveries: createScratchTable<Delivery>(),
  };
  let ids = 0;
  const engine = createAlertEngine({
    ...sourcesOf(archive),
    rules: async () =>
      expandRule({ id: ruleId, properties: parseMetricAlert(properties) }, machines),
    ...tables,
    transact: (work) => work(tables),
    actionGroup: async () => null,
    baselines: createScratchTable<BaselineStatus>(),
    clock,
    log: silentLog,
    newId: () => `${++ids}`,
    onTransition: (transition) => told.push(transition),
  });
  for (const second of evaluationTimes(span, minute, 1e9).seconds) {
    now = second;
    await engine.evaluateDue(second * 1_000 + 600);
  }
  now = end;
  return told;
}

async function engineFirings(properties: unknown, span: Span) {
  const told = await engineTold(properties, span);
  const at = (milliseconds: number): number => milliseconds / 1_000;
  return told
    .filter(({ monitorCondition }) => monitorCondition === "Fired")
    .map((fired) => {
      const resolved = told.find(
        ({ alertId, monitorCondition }) =>
          alertId === fired.alertId && monitorCondition === "Resolved",
      );
      return {
        target: fired.targetResourceId,
        dimensions: fired.criteria[0]?.dimensions ?? [],
        from: at(fired.windowEndTime),
        to: resolved ? at(resolved.windowEndTime) : null,
        value: fired.criteria[0]?.metricValue ?? null,
      };
    });
}

const severalCriteria = "Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria";
const criterion = (change: object) => ({ ...documentsRule().criteria.allOf[0], ...change });
const staticRule = (allOf: object[], change: object = {}) => ({
  ...documentsRule(),
  ...change,
  criteria: { "odata.type": severalCriteria, allOf },
});
const lastDay: Span = { from: end - day, to: end };

test("the range of each moment is the one that the engine told of when it fired", async () => {
  const rule = { ...dynamicRule(), windowSize: "PT5M" };
  const span = { from: end - 10 * 3_600, to: end - 6 * 3_600 };
  const told = await engineTold(rule, span);
  const fired = told.filter(({ monitorCondition }) => monitorCondition === "Fired");
  const [shown] = (await preview(rule, span)).series;
  const ranges = new Map(shown?.points.map(({ second, low, high }) => [second, { low, high }]));
  expect(fired.length).toBeGreaterThan(0);
  for (const { windowEndTime, criteria } of fired) {
    const { dynamic } = criteria[0] ?? {};
    expect(ranges.get(windowEndTime / 1_000)).toEqual({
      low: dynamic?.expectedLow,
      high: dynamic?.expectedHigh,
    });
  }
  expect(ranges.size).toBe(240);
  expect([...ranges.values()].every(({ low, high }) => (low ?? 0) < (high ?? 0))).toBe(true);
});

describe("fires when the engine fires, and resolves when it resolves", () => {
  test.each([
    ["one threshold", staticRule([criterion({ threshold: 300 })])],
    ["a threshold from below", staticRule([criterion({ threshold: 103, operator: "LessThan" })])],
    [
      "two criteria",
      staticRule([
        criterion({ threshold: 300 }),
        criterion({ threshold: 5_000, timeAggregation: "Total" }),
      ]),
    ],
    [
      "an interface that is split",
      staticRule([
        criterion({
          metricName: "Interface Bytes Out",
          dimensions: [{ name: "Interface", operator: "Include", values: ["*"] }],
          threshold: 300,
        }),
      ]),
    ],
    [
      "two machines",
      staticRule([criterion({ threshold: 300 })], {
        scopes: [vmId, other],
        targetResourceType: "Microsoft.Compute/virtualMachines",
        targetResourceRegion: "local",
      }),
    ],
    [
      "windows that are no minutes",
      staticRule([criterion({ threshold: 300 })], { windowSize: "PT90S" }),
    ],
    ["no auto-mitigation", staticRule([criterion({ threshold: 300 })], { autoMitigate: false })],
    ["a dynamic threshold", { ...dynamicRule(), windowSize: "PT5M" }],
    [
      "the first violation of a dynamic one",
      dynamicRule({
        failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 },
      }),
    ],
  ])("%s", async (name, rule) => {
    const isDynamic = JSON.stringify(rule).includes("Dynamic");
    const span = isDynamic ? { from: end - 10 * 3_600, to: end - 6 * 3_600 } : lastDay;
    const expected = await engineFirings(rule, span);
    const found = await preview(rule, span);
    const withEnd = ({ to, ...firing }: (typeof found.firings)[number]) =>
      name === "no auto-mitigation" ? firing : { ...firing, to };
    expect(found.firings.map(withEnd)).toEqual(
      expected.toSorted((a, b) => a.from - b.from).map(withEnd),
    );
    expect(found.firings.length).toBeGreaterThan(0);
    expect(found.firingCount).toBe(found.firings.length);
    expect(found.stepSeconds).toBe(minute);
    expect(found.learnedEverySeconds).toBe(isDynamic ? 3_600 : null);
  });
});

test("says which time has no measurements, and keeps the peaks of the series", async () => {
  const found = await preview(staticRule([criterion({ threshold: 300 })]), lastDay);
  // Windows of five minutes that touch a measurement have a value.
  expect(found.missing).toEqual([
    { target: vmId, from: end - 5 * 3_600 + 4 * minute, to: end - 3 * 3_600 },
  ]);
  expect(found.evaluatedCount).toBe(1_440);
  const [series] = found.series;
  const values = series?.points.map(({ value }) => value) ?? [];
  expect(Math.max(...values)).toBe(40 * 104); // the best five minutes
  expect(values.length).toBeLessThanOrEqual(1_200);
  expect(found.firings[0]?.value).toBeGreaterThan(300);
});

test("a dynamic threshold that knows too little says since when it learns, and does not fire", async () => {
  const span = { from: monday, to: monday + day };
  const found = await preview(dynamicRule(), span);
  expect(found.firings).toEqual([]);
  expect(found.learning).toEqual([{ target: vmId, from: monday, to: monday + day }]);
  expect(found.series[0]?.points).toEqual([]);
});

test("over a long time it looks less often, and says so", async () => {
  const rule = staticRule([criterion({ threshold: 300 })], {
    evaluationFrequency: "PT1S",
    windowSize: "PT1M",
  });
  const found = await preview(rule, { from: end - 2 * day, to: end });
  expect(found.stepSeconds).toBe(2);
  expect(found.evaluatedCount).toBe(day);
  const dynamic = await preview(dynamicRule(), { from: end - 6 * day, to: end - 4 * day });
  expect(dynamic.learnedEverySeconds).toBe(3_600);
});

test("ends when nobody waits any more, and when it takes too long", async () => {
  const rule = staticRule([criterion({ threshold: 300 })]);
  const stop = new AbortController();
  stop.abort(new Error("gone"));
  const turn = createTurns({ signal: stop.signal, limitSeconds: 60 });
  await expect(preview(rule, { from: monday, to: end }, { turn })).rejects.toThrow("gone");
  const { signal } = new AbortController();
  const late = createTurns({ signal, limitSeconds: 0 });
  await expect(preview(rule, { from: monday, to: end }, { turn: late })).rejects.toMatchObject({
    code: "QueryTimeout",
  });
});
