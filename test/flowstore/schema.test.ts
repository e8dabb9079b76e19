import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { createChunkLedger } from "../../src/flowstore/chunk-ledger.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { migrations } from "../../src/flowstore/schema/migrations.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { generateBatch } from "./flow-rows.ts";
import { openSomeEngine } from "./some-engine.ts";

const noCheckpoint = { etag: "", consumedBytes: 0, node: "", head: "", blocks: "", rows: 0 };

let engine: FlowEngine;
let directory: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ engine, directory, remove } = await openSomeEngine({ retentionDays: 7 }));
});

afterAll(() => remove());

/** Opens the same engine again with other settings, as a later start of a process does. */
async function reopen(settings: Record<string, unknown>): Promise<void> {
  const again = await openFlowEngine(flowStoreSettings.parse({ directory, ...settings }));
  await again.close();
}

async function flowRule(): Promise<string> {
  const [row] = await engine.rows<{ engine_full: string }>({
    sql: "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = 'flow'",
  });
  return /TTL .*?(?= SETTINGS)/.exec(row?.engine_full ?? "")?.[0] ?? "for ever";
}

test("retention is what the settings last said, and 0 is for ever", async () => {
  expect(await flowRule()).toBe("TTL toDateTime(time) + toIntervalDay(7)");
  await reopen({});
  expect(await flowRule()).toBe("TTL toDateTime(time) + toIntervalDay(7)");
  await reopen({ retentionDays: 30 });
  expect(await flowRule()).toBe("TTL toDateTime(time) + toIntervalDay(30)");
  await insertFlows(engine, generateBatch(10, Date.UTC(2020, 0, 1)), null, { token: "old" });
  await engine.command({ sql: "OPTIMIZE TABLE flow FINAL" });
  expect(await engine.rows({ sql: "SELECT count() AS count FROM flow" })).toEqual([{ count: 0 }]);
  await reopen({ retentionDays: 0 });
  expect(await flowRule()).toBe("for ever");
});

test("clients that make the tables at once make them once", async () => {
  const settings = flowStoreSettings.parse({ directory, database: "other" });
  const engines = await Promise.all([1, 2, 3].map(() => openFlowEngine(settings)));
  await insertFlows(engine, generateBatch(10), null, { token: "first" });
  expect(
    await engines[0]?.rows({
      sql: "SELECT count() AS tables, countIf(engine = 'MaterializedView') AS views FROM system.tables WHERE database = 'other'",
    }),
  ).toEqual(
    await engine.rows({
      sql: "SELECT count() AS tables, countIf(engine = 'MaterializedView') AS views FROM system.tables WHERE database = 'nightcap'",
    }),
  );
  await Promise.all(engines.map((one) => one.close()));
});

test("what an importer of an older program wrote down is known to this one", async () => {
  const settings = flowStoreSettings.parse({ directory, database: "older" });
  const first = await openFlowEngine(settings);
  // As it was before there was a migration for these tables: the importer made them.
  await createChunkLedger(first).writeCheckpoint("place", { ...noCheckpoint, rows: 7 });
  await first.command({ sql: "DROP TABLE flow_recorded" });
  await first.command({
    sql: "DELETE FROM schema_version WHERE number >= {number:UInt32}",
    parameters: { number: migrations.find(({ name }) => name === "what was read")?.number },
    settings: { mutations_sync: 2 },
  });
  await first.close();
  const second = await openFlowEngine(settings);
  const ledger = createChunkLedger(second);
  expect(await ledger.readCheckpoint("place")).toMatchObject({ rows: 7 });
  expect(await ledger.isRecorded("place")).toBe(false);
  await ledger.markRecorded(["place", "other"]);
  expect(await ledger.isRecorded("place")).toBe(true);
  await second.close();
});

test("tables of a newer program are left alone", async () => {
  await engine.command({ sql: "INSERT INTO schema_version (number, name) VALUES (9999, 'later')" });
  await expect(reopen({})).rejects.toMatchObject({
    code: "SettingsInvalid",
    message: expect.stringContaining("9999") as unknown,
  });
});
