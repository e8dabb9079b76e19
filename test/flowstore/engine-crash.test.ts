// The engine is killed while rows are written, again and again: each row is there once in the end.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engineSocketPath } from "../../src/flowstore/embedded/socket-path.ts";
import { isEngineAlive } from "../../src/flowstore/embedded/start.ts";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import { generateBatch } from "./flow-rows.ts";
import { openSomeEngine } from "./some-engine.ts";

let engine: FlowEngine;
let directory: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ engine, directory, remove } = await openSomeEngine());
});

afterAll(() => remove());

/** Kills the process that has the data open, as ClickHouse's own status file names it. */
async function killEngine(): Promise<void> {
  const text = await readFile(join(directory, "data", "status"), "utf8");
  const pid = Number(/PID: (\d+)/.exec(text)?.[1]);
  expect(pid).toBeGreaterThan(0); // 0 would be this test's own process group
  process.kill(pid, "SIGKILL");
}

/** Makes a call again for as long as the engine goes away under it, which is what callers do. */
async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      expect(error).toMatchObject({ code: "ServiceUnavailable" });
    }
  }
}

/** An answer: also of an engine that the last kill found with nothing left to write. */
const ask = (sql: string): Promise<unknown[]> => again(() => engine.rows({ sql }));

const killCountMax = 5;

/** Kills the engine at moments that wander over the life of an insert, and counts them. */
async function killAgainAndAgain(isOver: () => boolean): Promise<number> {
  let killed = 0;
  while (!isOver() && killed < killCountMax) {
    await sleep(5);
    if (!(await isEngineAlive(engineSocketPath(directory)))) continue;
    await sleep((killed * 37) % 160);
    if (isOver()) break;
    await killEngine();
    killed++;
  }
  return killed;
}

test("rows that were acknowledged are there, once, in each table", async () => {
  const batchCount = 10;
  const rowCount = 10_000;
  let over = false;
  const killer = killAgainAndAgain(() => over);
  for (let batch = 0; batch < batchCount; batch++) {
    const rows = generateBatch(rowCount, Date.UTC(2026, 10, 21, batch % 24));
    // What an importer does: the same token until it is acknowledged.
    await again(() => insertFlows(engine, rows, null, { token: `batch ${batch}` }));
  }
  over = true;
  expect(await killer).toBeGreaterThan(2);
  for (const [table, count] of [
    ["flow", "count()"],
    ["flow_interval", "sum(recordCount)"],
    ["flow_1m", "sum(recordCount)"],
    ["flow_10m", "sum(recordCount)"],
    ["flow_60m", "sum(recordCount)"],
  ]) {
    const sql = `SELECT toUInt32(${count}) AS count FROM ${table}`;
    expect(await ask(sql), table).toEqual([{ count: batchCount * rowCount }]);
  }
});

test("a question that was running says that it may be asked again", async () => {
  const question = engine
    .rows({ sql: "SELECT sum(cityHash64(number)) AS sum FROM numbers(20000000000)" })
    .catch((error: unknown) => error);
  await sleep(300);
  await killEngine();
  expect(await question).toMatchObject({ code: "ServiceUnavailable" });
  expect(await ask("SELECT 1 AS one")).toEqual([{ one: 1 }]);
});

test("two clients that start at once share one engine and its tables", async () => {
  await engine.stop();
  const settings = flowStoreSettings.parse({ directory, idleSeconds: 20 });
  const engines = await Promise.all([openFlowEngine(settings), openFlowEngine(settings)]);
  const before = await engine.rows<{ count: number }>({
    sql: "SELECT toUInt32(count()) AS count FROM flow",
  });
  await Promise.all(
    engines.map((one) => insertFlows(one, generateBatch(100), null, { token: "shared" })),
  );
  expect(await engine.rows({ sql: "SELECT toUInt32(count()) AS count FROM flow" })).toEqual([
    { count: (before[0]?.count ?? 0) + 100 },
  ]);
  await Promise.all(engines.map((one) => one.close()));
});

test("a question that is given up is stopped in the engine", async () => {
  const giveUp = new AbortController();
  const question = engine
    .rows({
      sql: "SELECT sum(cityHash64(number)) AS sum FROM numbers(30000000000)",
      signal: giveUp.signal,
    })
    .catch(() => "given up");
  await sleep(200);
  giveUp.abort();
  expect(await question).toBe("given up");
  const running = {
    sql: "SELECT count() AS count FROM system.processes WHERE query LIKE '%cityHash%' AND query NOT LIKE '%processes%'",
  };
  for (let time = 0; time < 100; time++) {
    const [row] = await engine.rows<{ count: number }>(running);
    if (row?.count === 0) return;
    await sleep(50);
  }
  expect.unreachable("the engine goes on with a question that nobody waits for");
});
