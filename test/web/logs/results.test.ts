import { expect, test } from "vitest";
import type { LogColumn, LogTable } from "../../../src/web/api/logs.ts";
import { parseExactly } from "../../../src/web/api/logs.ts";
import {
  compareCells,
  filteredRows,
  timespanSeconds,
} from "../../../src/web/pages/logs/results/cell-text.ts";
import { csvOf, jsonOf } from "../../../src/web/pages/logs/results/export.ts";
import { intervalOf, timespanOf } from "../../../src/web/pages/logs/timespans.ts";

const table: LogTable = {
  columns: [
    { name: "name", type: "string" },
    { name: "count", type: "long" },
    { name: "bag", type: "dynamic" },
    { name: "exact", type: "decimal" },
  ],
  rows: [
    ['a "quoted", one', 9_007_199_254_740_993n, '{"b":[1]}', "1.50"],
    ["=1+1", -5, "not json", null],
    ["line\nbreak", null, null, "2"],
  ],
};

test("CSV has quotes where RFC 4180 wants them, and no text that a spreadsheet runs", () => {
  expect(csvOf(table)).toBe(
    [
      "name,count,bag,exact",
      '"a ""quoted"", one",9007199254740993,"{""b"":[1]}",1.50',
      "'=1+1,-5,not json,",
      '"line\nbreak",,,2',
      "",
    ].join("\r\n"),
  );
});

test.each(["=a", "+a", "-a", "@a", "\ta", "\ra"])("%j is no formula in CSV", (text) => {
  const columns: LogColumn[] = [{ name: "x", type: "string" }];
  const [, line = ""] = csvOf({ columns, rows: [[text]] }).split("\r\n");
  expect(line.replace(/^"/, "").startsWith("'")).toBe(true);
});

test("JSON keeps every digit, and dynamic values are values", () => {
  const text = jsonOf(table);
  expect(text).toContain('"count": 9007199254740993, "bag": {"b":[1]}, "exact": 1.50');
  expect(JSON.parse(text)).toMatchObject([
    { bag: { b: [1] }, exact: 1.5 },
    { name: "=1+1", count: -5, bag: "not json", exact: null },
    { name: "line\nbreak", count: null },
  ]);
});

test("an answer's whole numbers stay what they are", () => {
  expect(parseExactly('{"rows":[[9007199254740993,1,"9007199254740993",1.5]]}')).toEqual({
    rows: [[9_007_199_254_740_993n, 1, "9007199254740993", 1.5]],
  });
});

test("cells are ordered as their types are, blanks first", () => {
  const sorted = (type: LogColumn["type"], cells: (string | number | bigint | null)[]) =>
    cells.toSorted(compareCells(type));
  expect(sorted("long", [10, null, 9_007_199_254_740_993n, 9])).toEqual([
    null,
    9,
    10,
    9_007_199_254_740_993n,
  ]);
  expect(sorted("decimal", ["10", "9.5"])).toEqual(["9.5", "10"]);
  expect(sorted("timespan", ["1.00:00:00", "02:00:00", "-00:00:01"])).toEqual([
    "-00:00:01",
    "02:00:00",
    "1.00:00:00",
  ]);
  expect(timespanSeconds("1.02:03:04.5")).toBe(93_784.5);
});

test("rows are filtered by any of their cells", () => {
  expect(filteredRows(table.rows, " QUOTED ").length).toBe(1);
  expect(filteredRows(table.rows, "740993").length).toBe(1);
  expect(filteredRows(table.rows, "")).toBe(table.rows);
});

test("an interval is written in UTC and read in the reader's zone", () => {
  const timespan = "2026-11-22T01:00:00.000Z/2026-11-22T02:00:00.000Z";
  const interval = intervalOf(timespan);
  expect(interval && timespanOf(interval)).toBe(timespan);
  expect(intervalOf("P1D")).toBeNull();
  expect(timespanOf({ from: "2026-11-22T02:00", to: "2026-11-22T01:00" })).toBeNull();
});
