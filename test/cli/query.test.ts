import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chartText } from "../../src/cli/query/chart.ts";
import { queryErrorText } from "../../src/cli/query/query-error-text.ts";
import { recordText } from "../../src/cli/query/record-text.ts";
import { answerCsv, answerJson } from "../../src/cli/query/rows-text.ts";
import { tableText } from "../../src/cli/query/table-text.ts";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import type { LogAnswer, LogColumn } from "../../src/logs/log-query.ts";
import { QueryError } from "../../src/query/query-error.ts";
import { generateBatch } from "../flowstore/flow-rows.ts";
import { runNightcap } from "./run-nightcap.ts";

const root = mkdtempSync(join(tmpdir(), "nightcap-query-"));
let engine: FlowEngine;

beforeAll(async () => {
  const settings = { directory: join(root, "flows"), idleSeconds: 30 };
  engine = await openFlowEngine(flowStoreSettings.parse(settings));
  await insertFlows(engine, generateBatch(100, Date.UTC(2026, 10, 21, 12)), null, { token: "a" });
});
afterAll(async () => {
  await engine.stop();
  await engine.close();
  rmSync(root, { recursive: true });
});

const query = (...args: string[]) => runNightcap("query", "--state", root, ...args);
const columnsOf = (list: string): LogColumn[] =>
  list.split(" ").map((each) => {
    const [name = "", type = ""] = each.split(":");
    return { name, type: type as LogColumn["type"] };
  });
const answer = (
  list: string,
  rows: LogAnswer["rows"],
  render?: LogAnswer["render"],
): LogAnswer => ({
  columns: columnsOf(list),
  rows,
  truncated: null,
  missingShards: [],
  render: render ?? null,
  tables: [],
  statistics: { translationMs: 0, executionMs: 0, resultBytes: 0 },
});
const whole = (pieces: Iterable<string>): string => [...pieces].join("");

test("a query's rows are a table with its count and time, and others share the engine", async () => {
  const asked = "NightcapFlows | summarize n = count(), b = sum(BytesSrcToDest) by L4Protocol";
  const { code, stdout, stderr } = await query(asked, "--timespan", "2026-11-21T12:00:00Z/PT1H");
  expect([code, stderr]).toEqual([0, ""]);
  const [head, , ...lines] = stdout.split("\n");
  expect(head).toBe("L4Protocol   n       b");
  expect(lines.slice(0, 2).toSorted()).toEqual([
    "T           50  245000",
    "U           50  250000",
  ]);
  expect(lines[2]).toMatch(/^2 rows, \d+\.\d{3} s$/);
});

test("a file, standard input, parameters, JSON and CSV", async () => {
  const file = join(root, "some.kql");
  writeFileSync(file, 'print x = {X}, y = "{Y}", z = dynamic([1]), n = long(null)\n');
  const given = ["--file", file, "--param", "X=7", "--param", 'Y=a"=b'];
  const json = await query(...given, "--json");
  expect(JSON.parse(json.stdout)).toEqual([{ x: 7, y: 'a"=b', z: [1], n: null }]);
  const declared = "declare query_parameters(X:long, Y:string = 'none'); print x = X + 1, y = Y";
  expect((await query(declared, "--param", "X=7", "--csv")).stdout).toBe("x,y\n8,none\n");
  expect(await query(declared, "--param", "X=no number")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("the value of the query parameter 'X' is no long"),
  });
  const child = spawn(process.execPath, ["src/main.ts", "query", "--csv", "--state", root]);
  child.stdin.end("NightcapFlows | count");
  expect(await text(child.stdout)).toBe("Count\n100\n");
});

test("--sql shows the translation and needs no engine", async () => {
  const { code, stdout } = await runNightcap(
    "query",
    "NTANetAnalytics | count",
    "--sql",
    "--state",
    "/none",
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/^SELECT .*"NTANetAnalytics".*\n$/);
});

test("what is wrong is shown with its place, and the exit code is 2", async () => {
  const wrong = await query("NTANetAnalytics\n| where Nope == 1");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("(line 2, column 9)\n  | where Nope == 1\n          ^^^^\n");
  expect(await query("print 1", "--timespan", "soon")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('timespan "soon"'),
  });
  expect(await query("print {X}")).toMatchObject({
    code: 2,
    stderr: "nightcap: {X} has no value: give --param X=VALUE\n",
  });
  expect((await query("print 1", "--json", "--csv")).code).toBe(2);
});

test("a place far to the right in a long line is still shown", () => {
  const long = `print x = "${"a".repeat(300)}" | nothing`;
  const place = { start: 315, length: 7, line: 1, column: 316 };
  const error = new QueryError("SyntaxError", [{ code: "KS1", message: "no", ...place }]);
  const [, line = "", mark = ""] = queryErrorText(long, error).split("\n");
  expect(line.slice(mark.indexOf("^"), mark.length)).toBe("nothing");
});

test("a table: numbers to the right, nothing that moves the cursor, null blank", () => {
  const table = {
    columns: columnsOf("Name:string N:long"),
    rows: [
      ["a\u001b[2J", 5],
      ["é", null],
    ],
  };
  expect(whole(tableText(table, null))).toBe("Name   N\n-----  -\na [2J  5\né\n");
});

test("in a terminal blank columns and those that do not fit are left out and counted", () => {
  const rows = [["x".repeat(60), "", 1, "last"]];
  const table = { columns: columnsOf("A:string B:string C:long D:string"), rows };
  expect(whole(tableText(table, 53))).toBe(
    `A${" ".repeat(48)} C\n${"-".repeat(48)}  -\n${"x".repeat(47)}…  1\ncolumns not shown: 1 blank, 1 more that do not fit; --json has all\n`,
  );
  expect(whole(tableText(table, 10)).split("\n")[2]).toBe(`${"x".repeat(9)}…`);
  expect(whole(tableText({ ...table, rows: [] }, 80)).split("\n")[0]).toBe("A  B  C  D");
});

test("a few very wide rows are written one below the other", () => {
  const wide = {
    columns: columnsOf("Name:string B:string Other:string"),
    rows: [["x".repeat(30), "", "y\n"]],
  };
  expect(recordText(wide, 20)).toBe(null);
  expect(recordText(wide, 18)).toBe(`-- 1 --\nName   ${"x".repeat(30)}\nOther  y \n`);
  expect(recordText({ ...wide, rows: [] }, 10)).toBe(null);
});

test("JSON and CSV keep what a number of JavaScript cannot", () => {
  const some = answer("l:long r:real d:dynamic s:string", [
    [9_007_199_254_740_993n, NaN, '{"a":1}', "a\nb"],
  ]);
  expect(whole(answerJson(some))).toBe(
    '[\n{"l":9007199254740993,"r":"NaN","d":{"a":1},"s":"a\\nb"}\n]\n',
  );
  expect(whole(answerCsv(some))).toBe('l,r,d,s\n9007199254740993,NaN,"{""a"":1}","a\nb"\n');
  expect(whole(answerJson(answer("a:long", [])))).toBe("[\n]\n");
});

test("render draws bars, and lines over time", () => {
  const pie = { visualization: "piechart", properties: { title: "Flows" } };
  const rows = [
    ["Allowed", 8],
    ["Denied", 4],
  ];
  expect(chartText(answer("S:string n:long", rows, pie), 30)).toBe(
    `Flows\nAllowed  8  ${"█".repeat(18)}\nDenied   4  ${"█".repeat(9)}\n`,
  );
  const time = { visualization: "timechart", properties: {} };
  const points = [0, 1, 2, 3].map((minute) => [`2026-11-21T12:0${minute}:00Z`, minute]);
  const drawn = chartText(answer("T:datetime n:long", points, time), 60) ?? "";
  expect(drawn.split("\n")[0]).toMatch(/^n {2}max 3 {3} +▃ +▆ +█$/);
  expect(drawn).toContain("2026-11-21T12:00:00Z");
  expect(chartText(answer("S:string", [["a"]], pie), 30)).toBe(null);
});
