import { afterAll, beforeAll, expect, test } from "vitest";
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
  const { sql } = await translator.translate(query, { nowMs: noon + 3_600_000 });
  return engine.rows({ sql, settings: querySettings });
}

test("every table can be read whole", async () => {
  for (const { name } of kustoTables()) {
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

test("each tuple is a row of NightcapFlows", async () => {
  const rows = await answer(
    `NightcapFlows | where SrcIp == "10.0.0.7" and DestPort == 53 | top 1 by TimeGenerated asc
     | project TimeGenerated, Fresh = TimeProcessed > datetime(2026-01-01), DestIp, RemoteIp, SrcPort, L4Protocol,
         FlowState, FlowStatus, FlowDirection, AclRule, BytesSrcToDest, VirtualMachineId`,
  );
  expect(rows).toMatchObject([
    {
      DestIp: "2001:db8::7",
      RemoteIp: "2001:db8::7",
      SrcPort: 40_007,
      L4Protocol: "U",
      FlowState: "Denied",
      FlowStatus: "Denied",
      FlowDirection: "Outbound",
      AclRule: "DenyAll",
      BytesSrcToDest: 700,
      VirtualMachineId: "",
    },
  ]);
});

test.each([
  ["NTANetAnalytics | where FlowIntervalStartTime > datetime(2027-01-01)", /Condition: .*start/],
  ["NightcapFlows | where TimeGenerated > datetime(2027-01-01)", /Condition: .*time/],
])("a condition on time reaches the primary key below the view: %s", async (query, condition) => {
  const { sql } = await translator.translate(`${query} | summarize count() by DestPort`, {
    nowMs: noon,
  });
  const plan = await engine.rows<{ explain: string }>({
    sql: `EXPLAIN indexes = 1 ${sql}`,
    settings: querySettings,
  });
  const text = plan.map(({ explain }) => explain).join("\n");
  expect(text).toMatch(condition);
});
