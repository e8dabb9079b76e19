// A preview of log alert rules beside the engine itself, over real flows in a real engine.
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseLogRule } from "../../../src/alert/logs/log-rule.ts";
import {
  type LogPreviewOptions,
  previewLogRule,
} from "../../../src/alert/preview/preview-log-rule.ts";
import type { Preview } from "../../../src/alert/preview/preview.ts";
import { type LogBed, logRule, openLogBed, ruleIdOf, type Tuple } from "../logs/log-bed.ts";

const minute = 60;
const start = 1_700_000_100 - (1_700_000_100 % 3_600);
const end = start + 20 * minute;

let bed: LogBed;
beforeAll(async () => {
  bed = await openLogBed();
  await bed.insert(flows());
});
afterAll(() => bed.close());

/** Two sources are denied, one more often than the other, in two bursts; one flow a minute is allowed. */
function flows(): Tuple[] {
  const minutes = Array.from({ length: 20 }, (_, index) => index);
  return minutes.flatMap((index) => {
    const second = start + index * minute + 7;
    const isBurst = (index >= 4 && index < 7) || (index >= 15 && index < 17);
    const denied = (from: string, count: number): Tuple[] =>
      Array.from({ length: count }, (_, more) => ({
        second: second + more,
        from,
        to: "10.0.0.4",
        denied: true,
      }));
    const allowed: Tuple[] = [{ second, from: "10.0.0.4", to: "203.0.113.9" }];
    if (!isBurst) return allowed;
    return allowed.concat(denied("198.51.100.7", 5), denied("198.51.100.8", index));
  });
}

async function engineFirings(properties: object) {
  await bed.reset();
  bed.rules.push({ id: ruleIdOf("asked"), properties });
  const engine = bed.newEngine();
  for (let second = start + minute; second <= end; second += minute) await bed.at(engine, second);
  const fired = bed.told.filter(({ monitorCondition }) => monitorCondition === "Fired");
  return fired.map(({ alertId, windowEndTime, criteria: [criterion] }) => {
    const resolved = bed.told.find(
      (each) => each.alertId === alertId && each.monitorCondition === "Resolved",
    );
    return {
      dimensions: criterion?.dimensions ?? [],
      from: windowEndTime / 1_000,
      to: resolved ? resolved.windowEndTime / 1_000 : null,
      value: criterion?.metricValue ?? null,
    };
  });
}

async function preview(
  properties: object,
  more: Partial<LogPreviewOptions> = {},
): Promise<Preview> {
  return previewLogRule(
    { id: ruleIdOf("asked"), properties: parseLogRule(properties) },
    {
      span: { from: start, to: end },
      source: bed.source,
      firstRow: async () => start + 7,
      isPlainTable: () => isTogether,
      turn: () => {},
      ...more,
    },
  );
}

interface Told {
  from: number;
  dimensions: readonly { value: string }[];
}
const byTime = (a: Told, b: Told): number =>
  a.from - b.from || JSON.stringify(a.dimensions).localeCompare(JSON.stringify(b.dimensions));

/** Whether all windows may be asked for at once. */
let isTogether = true;
const onePeriod = logRule();
const measured = (timeAggregation: string, threshold: number, change: object = {}) =>
  logRule(change, {
    timeAggregation,
    metricMeasureColumn: "DestPort",
    threshold,
    query: 'NightcapFlows | extend DestPort = iff(FlowStatus == "Denied", int(null), DestPort)',
  });
test.each([
  ["split by a column", onePeriod],
  [
    "two failing windows of three",
    logRule({}, { failingPeriods: { numberOfEvaluationPeriods: 3, minFailingPeriodsToAlert: 2 } }),
  ],
  ["windows that overlap", logRule({ windowSize: "PT5M" }, { dimensions: [] })],
  ["a query that looks further back", logRule({ overrideQueryTimeRange: "PT10M" })],
  ["below a threshold", logRule({}, { dimensions: [], operator: "LessThan", threshold: 4 })],
  ["a mean of what may be blank", measured("Average", 400, { windowSize: "PT2M" })],
  ["a sum", measured("Total", 700, { windowSize: "PT2M" })],
  ["the highest of two columns", measured("Maximum", 1, { windowSize: "PT3M" })],
  [
    "a query that adds up by itself",
    logRule(
      {},
      {
        dimensions: [],
        timeAggregation: "Total",
        metricMeasureColumn: "Rows",
        query: 'NightcapFlows | where FlowStatus == "Denied" | summarize Rows = count()',
      },
    ),
  ],
])("fires and resolves as the engine does: %s", async (_name, rule) => {
  const expected = await engineFirings(rule);
  for (const together of [true, false]) {
    isTogether = together;
    const found = await preview(rule);
    const firings = found.firings.map(({ target: _target, ...firing }) => firing);
    expect(firings.toSorted(byTime)).toEqual(expected.toSorted(byTime));
    expect(firings.length).toBeGreaterThan(0);
    expect(found).toMatchObject({ evaluatedCount: 20, stepSeconds: minute, isCut: false });
  }
});

test("looks at every window of a month of a query that looks at each row by itself, with few questions", async () => {
  isTogether = true;
  let asked = 0;
  const source = {
    columns: (query: string) => bed.source.columns(query),
    run(query: Parameters<typeof bed.source.run>[0]) {
      asked++;
      return bed.source.run(query);
    },
  };
  const rule = logRule({}, { dimensions: [] });
  const short = await preview(rule);
  const span = { from: start - 30 * 86_400, to: end };
  const found = await preview(rule, { span, source });
  expect(found).toMatchObject({ stepSeconds: minute, evaluatedCount: 30 * 1_440 + 20 });
  expect(found.firings).toEqual(short.firings);
  expect(asked).toBeLessThan(30);
});

test("shows each window's value, and since when there are rows", async () => {
  const found = await preview(logRule({}, { dimensions: [] }));
  const points = found.series[0]?.points ?? [];
  expect(points.find(({ second }) => second === start + 6 * minute)?.value).toBe(5 + 5);
  expect(found.missing).toEqual([
    { target: expect.any(String), from: start, to: start + 7 } as unknown,
  ]);
  const never = await preview(onePeriod, { firstRow: async () => null });
  expect(never.missing).toMatchObject([{ from: start, to: end }]);
});

test("asks for no more windows than may be, and says how often it looked", async () => {
  let asked = 0;
  const source = {
    columns: (query: string) => bed.source.columns(query),
    async run() {
      asked++;
      return { columns: [], rows: [] };
    },
  };
  const span = { from: start - 86_400, to: end };
  isTogether = false;
  const found = await preview(logRule({}, { dimensions: [] }), { span, source });
  expect(found.stepSeconds).toBe(5 * minute);
  expect([asked, found.evaluatedCount]).toEqual([292, 292]);
});
