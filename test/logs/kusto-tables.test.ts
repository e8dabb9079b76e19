import { afterAll, beforeAll, expect, test } from "vitest";
import { azureTableList } from "../../src/flowstore/azure/tables.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { openKustoTranslator } from "../../src/logs/kusto-translator.ts";
import type { KustoTranslator } from "../../src/logs/kusto-translator.ts";
import { kustoTables } from "../../src/logs/kusto-tables.ts";
import { querySettings } from "../../src/query/query-limits.ts";
import { generateBatch } from "../flowstore/flow-rows.ts";
import { openSomeEngine } from "../flowstore/some-engine.ts";

const noon = Date.UTC(2026, 10, 21, 12);
let engine: FlowEngine;
let translator: KustoTranslator;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ engine, remove } = await openSomeEngine());
  translator = openKustoTranslator({ tables: kustoTables(engine.database) });
  await insertFlows(engine, generateBatch(1_000, noon), null, { token: "some" });
});

afterAll(async () => {
  await translator.close();
  await remove();
});

async function answer(query: string): Promise<unknown[]> {
  const { sql } = await translator.translate(query, noon + 3_600_000);
  return engine.rows({ sql, settings: querySettings });
}

test("every table can be read whole", async () => {
  for (const { name } of azureTableList) {
    const [counted] = await answer(`${name} | where TimeGenerated > ago(1d) | count`);
    expect(Object.keys(counted as object), name).toEqual(["Count"]);
    await answer(`${name} | take 1`);
  }
});

test("flows are summed as Azure's queries sum them", async () => {
  const rows = await answer(
    `NTANetAnalytics | where SubType == "FlowLog" and TimeGenerated > ago(24h)
     | summarize Bytes = sum(BytesSrcToDest), Ports = make_set(DestPort) by L4Protocol | sort by L4Protocol asc`,
  );
  // Row i carries 100 * i bytes: even rows are TCP to 443, odd ones UDP to 53.
  expect(rows).toEqual([
    { L4Protocol: "T", Bytes: 24_950_000, Ports: "[443]" },
    { L4Protocol: "U", Bytes: 25_000_000, Ports: "[53]" },
  ]);
});

test("a condition on time reaches the primary key of what lies below the view", async () => {
  const { sql } = await translator.translate(
    "NTANetAnalytics | where FlowIntervalStartTime > datetime(2027-01-01) | summarize count() by DestPort",
    noon,
  );
  const plan = await engine.rows<{ explain: string }>({
    sql: `EXPLAIN indexes = 1 ${sql}`,
    settings: querySettings,
  });
  const text = plan.map(({ explain }) => explain).join("\n");
  expect(text).toMatch(/Condition: .*start/);
});
