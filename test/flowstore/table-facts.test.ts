import { afterAll, beforeAll, expect, test } from "vitest";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { countStatements, readTableFacts } from "../../src/flowstore/table-facts.ts";
import { kustoTables } from "../../src/logs/kusto-tables.ts";
import { logTableRoutes } from "../../src/server/logs/tables-api.ts";
import { handWorkedFlows } from "../logs/views/hand-worked.ts";
import { askRoutes } from "../server/ask-routes.ts";
import { openSomeEngine, type SomeEngine } from "./some-engine.ts";

let some: SomeEngine;
beforeAll(async () => {
  some = await openSomeEngine();
});
afterAll(() => some.remove());

const ask = async () => {
  const routes = logTableRoutes(async () => some.engine);
  const answer = await askRoutes(routes, ["GET", "/nightcap/v1/logs/tables"]);
  return (JSON.parse(answer?.text ?? "{}") as { value: { name: string }[] }).value;
};

test("every table that queries may name is counted, also while there is nothing", async () => {
  const facts = await ask();
  expect(facts.map(({ name }) => name).toSorted()).toEqual(
    kustoTables()
      .map(({ name }) => name)
      .toSorted(),
  );
  for (const each of facts) {
    expect(each).toMatchObject({ rowCount: 0, firstTime: null, lastTime: null });
  }
  const rows = facts.filter((each) => (each as { counted?: string }).counted === "rows");
  expect(rows.map(({ name }) => name)).toContain("NightcapFlows");
  expect(rows.map(({ name }) => name)).not.toContain("NTANetAnalytics");
});

test("counts and times are those that reading all rows gives", async () => {
  const { engine } = some;
  const { batch, classes } = handWorkedFlows();
  await insertFlows(engine, batch, classes, { token: "facts" });
  const [real] = await engine.rows<{ count: number; first: number; last: number; records: number }>(
    {
      sql: `SELECT count() AS count, toUnixTimestamp64Milli(min(TimeGenerated)) AS first, toUnixTimestamp64Milli(max(TimeGenerated)) AS last
        FROM (SELECT CAST(TimeGenerated, 'DateTime64(3)') AS TimeGenerated FROM NightcapFlows)`,
    },
  );
  const facts = await readTableFacts(engine, AbortSignal.timeout(10_000));
  const tuples = facts.find(({ name }) => name === "NightcapFlows");
  expect(tuples).toMatchObject({ rowCount: Number(real?.count), counted: "rows" });
  expect([tuples?.firstMs, tuples?.lastMs]).toEqual([Number(real?.first), Number(real?.last)]);
  const records = facts.find(({ name }) => name === "NTANetAnalytics");
  expect(records).toEqual({ ...tuples, name: "NTANetAnalytics", counted: "tuples" });
});

test("no row is read for it", async () => {
  for (const sql of countStatements()) {
    const plan = await some.engine.rows<{ explain: string }>({ sql: `EXPLAIN ${sql}` });
    const text = plan.map(({ explain }) => explain).join("\n");
    expect(text, sql).not.toContain("ReadFromMergeTree");
  }
});
