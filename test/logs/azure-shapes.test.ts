// Timespans, preferences and parameters as Azure's pages have them.
import { expect, test } from "vitest";
import { parsePreferences } from "../../src/logs/azure/preferences.ts";
import { parseTimespan } from "../../src/logs/azure/timespan.ts";
import { fillParameters } from "../../src/logs/query-parameters.ts";

const nowMs = Date.UTC(2026, 10, 21, 12);
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

test.each([
  ["PT1H", "2026-11-21T11:00:00.000Z", null],
  ["P7D", "2026-11-14T12:00:00.000Z", null],
  ["P3DT12H", "2026-11-18T00:00:00.000Z", null],
  ["P1W", "2026-11-14T12:00:00.000Z", null],
  ["PT0.5S", "2026-11-21T11:59:59.500Z", null],
  ["2026-11-01/2026-11-02", "2026-11-01T00:00:00.000Z", "2026-11-02T00:00:00.000Z"],
  ["2026-11-01T10:00:00/PT30M", "2026-11-01T10:00:00.000Z", "2026-11-01T10:30:00.000Z"],
  ["P1D/2026-11-02T00:00:00+02:00", "2026-10-31T22:00:00.000Z", "2026-11-01T22:00:00.000Z"],
  ["P9999Y", "1970-01-01T00:00:00.000Z", null],
])("timespan %s", (text, start, end) => {
  const { startMs, endMs } = parseTimespan(text, nowMs);
  expect([iso(startMs), iso(endMs)]).toEqual([start, end]);
});

test.each([
  "",
  "P",
  "PT",
  "1h",
  "P1D/P1D",
  "a/b",
  "2026-13-01/P1D",
  "2026-11-02/2026-11-01",
  "P1D/",
  "/P1D",
  "a/b/c",
  "P1D'",
])("no timespan: %s", (text) => expect(() => parseTimespan(text, nowMs)).toThrow("ISO 8601"));

test("preferences in any order and case; what is not known is left alone", () => {
  expect(parsePreferences("wait=30, Include-Statistics=true,include-render=true; ai.x=1")).toEqual({
    waitSeconds: 30,
    statistics: true,
    render: true,
    dataSources: false,
  });
  expect(parsePreferences("wait=-1, include-dataSources")).toMatchObject({
    waitSeconds: null,
    dataSources: true,
  });
  expect(parsePreferences(null)).toMatchObject({ waitSeconds: null, statistics: false });
});

const fill = (text: string, values: Record<string, string>): string =>
  fillParameters(text, new Map(Object.entries(values)), nowMs);

test.each([
  ["take {n}", { n: "5" }, "take 5"],
  ["ago({t})", { t: "1h" }, "ago(1h)"],
  ["x == {s}", { s: "web" }, "x == 'web'"],
  ["x in ({s})", { s: "'a', \"b\", 3" }, "x in ('a', \"b\", 3)"],
  ["x == '{s}'", { s: `it's "\\` }, `x == 'it\\'s "\\\\'`],
  ['x == @"{s}"', { s: 'C:\\"x' }, 'x == @"C:\\""x"'],
  ["x == h'{s}' // {gone}", { s: "1" }, "x == h'1' // {gone}"],
  ["x == {s:value}", { s: "a/b" }, "x == 'a/b'"],
  [
    "T >= {t:start} and T < {t:end}",
    { t: "2026-11-01/P1D" },
    "T >= datetime(2026-11-01T00:00:00.000Z) and T < datetime(2026-11-02T00:00:00.000Z)",
  ],
  [
    "between (datetime('{t:startISO}') .. todatetime(\"{t:endISO}\")) or T > datetime({t:startISO})",
    { t: "2026-11-01/P1D" },
    "between (datetime('2026-11-01T00:00:00.000Z') .. todatetime(\"2026-11-02T00:00:00.000Z\")) or T > datetime(2026-11-01T00:00:00.000Z)",
  ],
  ["T {t}", { t: "PT1H" }, "T > datetime(2026-11-21T11:00:00.000Z)"],
  ["bin(T, {t:grain})", { t: "P1D" }, "bin(T, 15m)"],
  ["'{unknown}' == dynamic({\"a\": 1}).a", {}, "'{unknown}' == dynamic({\"a\": 1}).a"],
])("parameters: %s", (text, values, expected) => expect(fill(text, values)).toBe(expected));

test("a value cannot leave its place, whatever it is", () => {
  const hostile = [
    "'); drop",
    "1; T",
    "a' | T | where '1",
    "x\n| T",
    "\\",
    "```",
    "datetime(1) | T",
    "1,",
    "'a' 'b'",
    "//",
  ];
  for (const value of hostile) {
    const filled = fill("print {v}", { v: value });
    expect(filled, value).toMatch(/^print '(?:[^'\\\n]|\\.)*'$/);
    expect(fill("print '{v}'", { v: value }), value).toMatch(/^print '(?:[^'\\\n]|\\.)*'$/);
    expect(fill('print @"{v}"', { v: `${value}"` })).toMatch(/^print @"(?:[^"\n]|"")*"$/);
  }
  expect(() => fill("print {v}", {})).toThrow("--param v=VALUE");
  expect(() => fill("print {v:start}", { v: "7" })).toThrow("no format");
});
