import { afterAll, beforeAll, expect, test } from "vitest";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { generateBatch } from "./flow-rows.ts";
import { openSomeEngine } from "./some-engine.ts";

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

test("tables that were made before there was a release are refused, with what to do", async () => {
  const settings = flowStoreSettings.parse({ directory, database: "older" });
  const first = await openFlowEngine(settings);
  await first.command({ sql: "TRUNCATE TABLE schema_version" });
  await first.command({ sql: "INSERT INTO schema_version (number, name) VALUES (12, 'older')" });
  await first.close();
  await expect(openFlowEngine(settings)).rejects.toMatchObject({
    code: "SettingsInvalid",
    message: `the flow tables in ${directory} were made by an unreleased version (schema 12): end what uses them and remove the folder ${directory}, then import again`,
  });
});

test("tables of a newer program are left alone", async () => {
  await engine.command({ sql: "INSERT INTO schema_version (number, name) VALUES (9999, 'later')" });
  await expect(reopen({})).rejects.toMatchObject({
    code: "SettingsInvalid",
    message: expect.stringContaining("9999") as unknown,
  });
});
