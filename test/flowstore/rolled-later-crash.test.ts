// The engine is killed while it rolls up what came before: sums are exact before, meanwhile and after.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows, rolledLaterRowsMin } from "../../src/flowstore/insert-flows.ts";
import { addUpHours } from "../../src/flowstore/later/add-up.ts";
import { startAddUpLoop } from "../../src/server/flows/add-up-loop.ts";
import { systemClock } from "../../src/common/clock.ts";
import { silentLog } from "../../src/common/log.ts";
import { generateBatch } from "./flow-rows.ts";
import { openSomeEngine } from "./some-engine.ts";

let engine: FlowEngine;
let directory: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ engine, directory, remove } = await openSomeEngine());
});

afterAll(() => remove());

const hours = [Date.UTC(2026, 10, 21, 9), Date.UTC(2026, 10, 21, 10), Date.UTC(2026, 10, 21, 11)];

async function killEngine(): Promise<void> {
  const text = await readFile(join(directory, "data", "status"), "utf8");
  const pid = Number(/PID: (\d+)/.exec(text)?.[1]);
  expect(pid).toBeGreaterThan(0);
  process.kill(pid, "SIGKILL");
}

/** Asks again, as an engine that was killed says one may. */
async function ask<Row>(sql: string): Promise<Row[]> {
  for (;;) {
    try {
      return await engine.rows<Row>({ sql });
    } catch (error) {
      expect(error).toMatchObject({ code: "ServiceUnavailable" });
    }
  }
}

const sums = () =>
  Promise.all(
    ["flow_interval", "flow_1m", "flow_10m", "flow_60m"].map((table) =>
      ask(`SELECT toUInt32(sum(recordCount)) AS rows, toString(sum(bytesToSource)) AS bytes,
        toUInt32(count()) AS records FROM ${table} FINAL`),
    ),
  );

async function openHours(): Promise<number> {
  const [row] = await ask<{ count: number }>(
    "SELECT toUInt32(countIf(NOT isWhole)) AS count FROM flow_hour_state",
  );
  return row?.count ?? -1;
}

/** Kills the engine when the addition has written rows of so many builds. */
async function killAfterBuilds(count: number): Promise<void> {
  for (;;) {
    const [row] = await engine
      .rows<{ count: number }>({
        sql: "SELECT toUInt32(uniqExact(build)) AS count FROM flow_interval_later",
      })
      .catch(() => []);
    if ((row?.count ?? 0) >= count) return killEngine();
  }
}

test("an addition that is killed again and again leaves sums as they were, and is finished later", async () => {
  for (const hour of hours)
    await insertFlows(engine, generateBatch(rolledLaterRowsMin, hour), null, { token: `${hour}` });
  const before = await sums();
  const rows = hours.length * rolledLaterRowsMin;
  for (const sum of before) expect(sum).toMatchObject([{ rows }]);
  for (const builds of [1, 2]) {
    const addition = addUpHours(engine, { nowMs: Date.now() }).catch((error: unknown) => error);
    await killAfterBuilds(builds);
    expect(await addition).toMatchObject({ code: "ServiceUnavailable" });
    expect(await sums()).toEqual(before);
  }
  expect(await openHours()).toBeGreaterThan(0);
});

test("the control plane finishes what was left", async () => {
  const before = await sums();
  const loop = startAddUpLoop({
    engine: { open: () => Promise.resolve(engine), close: () => Promise.resolve() },
    directory,
    clock: systemClock,
    log: silentLog,
  });
  await expect.poll(openHours, { timeout: 20_000 }).toBe(0);
  await loop.close();
  expect(await sums()).toEqual(before);
});
