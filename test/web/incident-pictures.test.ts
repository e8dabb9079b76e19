import { expect, test } from "vitest";
import { intervalOf } from "../../src/web/api/metric-interval.ts";
import type { ChartColours } from "../../src/web/charts/colours.ts";
import { expectedBand } from "../../src/web/charts/expected-band.ts";
import { stretchOf } from "../../src/web/pages/incident/compare/stretch.ts";
import { judgedOf } from "../../src/web/pages/incident/picture/judged-values.ts";

const start = Date.parse("2026-11-22T10:00:00Z");
const minute = 60_000;
const hour = 60 * minute;

const preview = (points: [number, number][], ranges: [number, number, number][]) => ({
  from: new Date(start).toISOString(),
  to: new Date(start + 10 * minute).toISOString(),
  series: [{ points }],
  threshold: [{ points: ranges }],
  stepSeconds: 60,
});

test("what a rule judged ends where nothing was measured, and has its range from moment to moment", () => {
  const at = (index: number): number => start + index * minute;
  const { values, band } = judgedOf(
    preview(
      [
        [at(1), 5],
        [at(2), 6],
        [at(6), 7],
      ],
      [
        [at(1), 1, 3],
        [at(6), 2, 4],
      ],
    ),
    "Bytes",
  );
  expect(values.series).toEqual([
    {
      name: "",
      points: [
        [at(1), 5],
        [at(2), 6],
        [at(2) + 1, null],
        [at(6), 7],
      ],
    },
  ]);
  expect(band).toEqual([
    [at(1), 1, 3],
    [at(6), 2, 4],
  ]);
  expect(judgedOf(preview([], []), "").values.series).toEqual([]);
});

test("the band lies between its bounds, also below zero, and tells the bound itself", () => {
  const series = expectedBand([[start, -2, 3]], {
    colours: {} as ChartColours,
    name: "usual",
  });
  expect(series).toMatchObject([
    { stackStrategy: "all", data: [[start, -2]] },
    { stackStrategy: "all", data: [[start, 5, 3]], encode: { y: 1, tooltip: [2] } },
  ]);
  expect(expectedBand([], { colours: {} as ChartColours, name: "" })).toEqual([]);
});

test("an earlier time lies on the incident's clock, and interfaces are added up", () => {
  const span = { from: start + 30_000, to: start + 3 * minute };
  const series = [
    {
      name: "eth0",
      points: [
        [start - minute - hour, 100],
        [start - hour, 10],
        [start + minute - hour, 20],
      ] as [number, number | null][],
    },
    { name: "eth1", points: [[start - hour, 5]] as [number, number | null][] },
  ];
  expect(stretchOf("hourEarlier", { series }, span)).toEqual({
    when: "hourEarlier",
    points: [
      [start - minute, 100],
      [start, 15],
      [start + minute, 20],
    ],
    mean: 17.5,
    highest: 20,
  });
  const never = { name: "", points: [[start, null]] as [number, number | null][] };
  expect(stretchOf("now", { series: [never] }, span)).toMatchObject({ mean: null, highest: null });
});

test("what is added up is asked for in the rule's windows, everything else by the minute", () => {
  expect(intervalOf("Total", "PT5M")).toBe("PT5M");
  expect(intervalOf("Total", "PT7M")).toBe("PT1M");
  expect(intervalOf("Average", "PT5M")).toBe("PT1M");
});
