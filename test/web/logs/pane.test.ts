import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { openLogQueries } from "../../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../../src/logs/query-limits.ts";
import { examples, tablesWithRowsQuery } from "../../../src/web/pages/logs/pane/examples.ts";

const queries = openLogQueries({
  settings: logQuerySettings.parse({}),
  engine: () => Promise.reject(new Error("nothing is run")),
});
afterAll(() => queries.close());

test("every example can be run, is of its table, and has words", async () => {
  const words = JSON.parse(readFileSync("src/web/words/en/logs.json", "utf8")) as {
    logsExample: Record<string, string>;
  };
  expect(Object.keys(words.logsExample)).toEqual(examples.map(({ name }) => name).toSorted());
  for (const { query, table } of examples) {
    expect(await queries.check(query), query).toEqual([]);
    expect((await queries.translate({ text: query })).tables.join()).toContain(table);
  }
});

test("the tables with rows are found by one question", async () => {
  const query = tablesWithRowsQuery(["NTANetAnalytics", "NightcapFlows"]);
  expect(await queries.check(query)).toEqual([]);
});
