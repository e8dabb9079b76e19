import { expect, test } from "vitest";
import type { LogCell, LogRender, LogTable } from "../../../src/web/api/logs.ts";
import {
  asShares,
  chartData,
  type ChartData,
} from "../../../src/web/pages/logs/results/chart-data.ts";
import { chartOption } from "../../../src/web/pages/logs/results/chart-option.ts";

const colours = {
  ink: "#000000",
  soft: "#111111",
  faint: "#222222",
  line: "#333333",
  surface: "#444444",
  lamp: "#555555",
  signal: "#666666",
  bad: "#777777",
  good: "#888888",
};

const flows: LogTable = {
  columns: [
    { name: "Host", type: "string" },
    { name: "At", type: "datetime" },
    { name: "Bytes", type: "long" },
    { name: "Packets", type: "long" },
  ],
  rows: [
    ["b", "2026-11-22T01:10:00Z", 30, 3],
    ["a", "2026-11-22T01:00:00Z", 10, 1],
    ["b", "2026-11-22T01:00:00Z", 20, 2],
  ],
};

function drawn(render: LogRender, table: LogTable = flows): ChartData {
  const data = chartData(table, render);
  if (typeof data === "string") throw new Error(`no chart: ${data}`);
  return data;
}

const first = Date.parse("2026-11-22T01:00:00Z");
const second = Date.parse("2026-11-22T01:10:00Z");

test("a time chart finds its time, and parts its series by words, in the order of time", () => {
  const { axis, series } = drawn({ visualization: "timechart", yColumns: "Bytes" });
  expect(axis).toBe("time");
  expect(series).toEqual([
    {
      name: "b",
      points: [
        [first, 20],
        [second, 30],
      ],
    },
    { name: "a", points: [[first, 10]] },
  ]);
});

test("several measures are series of their own", () => {
  const names = drawn({ visualization: "timechart" }).series.map(({ name }) => name);
  expect(names).toEqual(["b: Bytes", "b: Packets", "a: Bytes", "a: Packets"]);
});

test("named columns go before those that would be found", () => {
  const render = {
    visualization: "columnchart",
    xColumn: "Host",
    yColumns: "Packets",
    series: "At",
  };
  const { axis, series } = drawn(render);
  expect(axis).toBe("category");
  expect(series.map(({ points }) => points)).toEqual([
    [["b", 3]],
    [
      ["a", 1],
      ["b", 2],
    ],
  ]);
});

test("stacked per cent makes shares of each place", () => {
  const { stack, series } = drawn({
    visualization: "areachart",
    kind: "stacked100",
    yColumns: "Bytes",
  });
  expect(stack).toBe("stacked100");
  const [b, a] = asShares(series);
  expect(b?.points[0]?.[1]).toBeCloseTo(66.67);
  expect(a?.points[0]?.[1]).toBeCloseTo(33.33);
  expect(drawn({ visualization: "stackedareachart" }).stack).toBe("stacked");
});

test("a card shows the numbers of the first row", () => {
  const { kind, series } = drawn({ visualization: "card" });
  expect([kind, series.map(({ name }) => name)]).toEqual(["card", ["Bytes", "Packets"]]);
});

test("what cannot be drawn says why", () => {
  expect(chartData(flows, undefined)).toBe("none");
  expect(chartData(flows, { visualization: "table" })).toBe("none");
  expect(chartData(flows, { visualization: "ladderchart" })).toBe("unknown");
  const words: LogTable = { columns: [{ name: "Host", type: "string" }], rows: [["a"]] };
  expect(chartData(words, { visualization: "barchart" })).toBe("columns");
  expect(chartData({ ...flows, rows: [] }, { visualization: "timechart" })).toBe("columns");
});

test("more series and words than can be read are left out, and counted", () => {
  const row = (host: number): LogCell[] => [`h${host}`, "2026-11-22T01:00:00Z", host, 1];
  const many = { ...flows, rows: Array.from({ length: 600 }, (_, host) => row(host)) };
  expect(drawn({ visualization: "timechart", yColumns: "Bytes" }, many)).toMatchObject({
    omittedCount: 560,
    series: { length: 40 },
  });
  const pie = drawn({ visualization: "piechart", yColumns: "Bytes" }, many);
  expect([pie.series[0]?.points.length, pie.omittedCount]).toEqual([500, 100]);
});

test.each([
  ["timechart", "line", "time"],
  ["linechart", "line", "time"],
  ["areachart", "line", "time"],
  ["columnchart", "bar", "category"],
  ["scatterchart", "scatter", "time"],
])("%s is drawn as %s over %s", (visualization, type, xType) => {
  const option = chartOption(drawn({ visualization }), colours, String);
  expect(option).toMatchObject({
    xAxis: { type: xType },
    series: expect.arrayContaining([expect.objectContaining({ type })]),
  });
});

test("bars lie, with the first one at the top; a cake has slices", () => {
  const bars = chartOption(
    drawn({ visualization: "barchart", yColumns: "Bytes" }),
    colours,
    String,
  );
  expect(bars).toMatchObject({
    yAxis: { type: "category", inverse: true },
    xAxis: { type: "value" },
  });
  const cake = chartOption(drawn({ visualization: "piechart" }), colours, String);
  expect(cake).toMatchObject({
    series: [{ type: "pie", data: [{ name: "b", value: 30 }, {}, {}] }],
  });
});
