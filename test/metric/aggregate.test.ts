import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  aggregateOf,
  aggregateValue,
  bucketAggregates,
  combine,
  combineAll,
} from "../../src/metric/aggregate.ts";
import { parseDurationSeconds } from "../../src/metric/duration.ts";
import { aggregationNames, findMetric, metricDefinitions } from "../../src/metric/names.ts";

test("a window of seconds by hand: 4, 0, 5", () => {
  const window = combineAll([4, 0, 5].map(aggregateOf));
  expect(aggregationNames.map((name) => window && [name, aggregateValue(window, name)])).toEqual([
    ["Average", 3],
    ["Minimum", 0],
    ["Maximum", 5],
    ["Total", 9],
    ["Count", 3],
  ]);
  expect(combineAll([])).toBeNull();
});

test("aggregates compose: of parts is of the whole, wherever it is cut", () => {
  const values = fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.nat(), (list, cut) => {
      const at = cut % list.length;
      const parts = [list.slice(0, at), list.slice(at)].map((part) =>
        combineAll(part.map(aggregateOf)),
      );
      const joined = combineAll(parts.filter((part) => part !== null));
      expect(joined).toEqual({
        sum: list.reduce((sum, value) => sum + value, 0),
        count: list.length,
        minimum: Math.min(...list),
        maximum: Math.max(...list),
      });
      expect(joined).toEqual(list.map(aggregateOf).reduce(combine));
    }),
  );
});

test("buckets begin at the range's start, and one without data is null", () => {
  const parts = [10, 11, 15].map((second) => Object.assign(aggregateOf(second), { second }));
  const buckets = bucketAggregates(parts, { fromSecond: 10, toSecond: 16, intervalSeconds: 2 });
  expect(buckets.map(({ second, aggregate }) => [second, aggregate?.sum ?? null])).toEqual([
    [10, 21],
    [12, null],
    [14, 15],
  ]);
});

test.each([
  ["PT1S", 1],
  ["PT5M", 300],
  ["P1D", 86_400],
  ["P1DT1H1M1S", 90_061],
  ["PT0S", 0],
  ["PT", null],
  ["P", null],
  ["P1DT", null],
  ["PT1.5S", null],
  ["5M", null],
  ["", null],
])("the duration %s has %s seconds", (text, seconds) => {
  expect(parseDurationSeconds(text)).toBe(seconds);
});

test("finds metrics in any case, deprecated names by their source, each name once", () => {
  expect(findMetric("network out TOTAL")?.name).toBe("Network Out Total");
  expect(findMetric("Network Out")?.source).toBe("Network Out Total");
  expect(findMetric("Inbound Flows")).toBeNull();
  expect(new Set(metricDefinitions.map(({ name }) => name)).size).toBe(metricDefinitions.length);
  expect(
    metricDefinitions.map(
      ({ name, unit, primaryAggregation }) => `${name} (${unit}, ${primaryAggregation})`,
    ),
  ).toMatchInlineSnapshot(`
    [
      "Percentage CPU (Percent, Average)",
      "Available Memory Bytes (Bytes, Average)",
      "Network In Total (Bytes, Total)",
      "Network Out Total (Bytes, Total)",
      "Network In (Bytes, Total)",
      "Network Out (Bytes, Total)",
      "Disk Read Bytes (Bytes, Total)",
      "Disk Write Bytes (Bytes, Total)",
      "Disk Read Operations/Sec (CountPerSecond, Average)",
      "Disk Write Operations/Sec (CountPerSecond, Average)",
      "Packets In Total (Count, Total)",
      "Packets Out Total (Count, Total)",
      "Interface Bytes In (Bytes, Total)",
      "Interface Bytes Out (Bytes, Total)",
      "Interface Packets In (Count, Total)",
      "Interface Packets Out (Count, Total)",
    ]
  `);
});
