// Many rows at once are rolled up later: what the roll-ups say must not show when that is.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows, rolledLaterRowsMin } from "../../src/flowstore/insert-flows.ts";
import { addUpHours } from "../../src/flowstore/later/add-up.ts";
import { readIntervals } from "../../src/flowstore/summary/intervals.ts";
import { summarySource } from "../../src/flowstore/summary/summary-source.ts";
import { generateBatch } from "./flow-rows.ts";
import { openSomeEngine } from "./some-engine.ts";

let engine: FlowEngine;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ engine, remove } = await openSomeEngine());
});

afterAll(() => remove());

const tables = ["flow_interval", "flow_1m", "flow_10m", "flow_60m"];
/** 150 seconds of rows: over the border of an hour. */
const beforeOne = Date.UTC(2026, 10, 21, 12, 59, 30);

async function sums(table: string): Promise<unknown> {
  const [row] = await engine.rows({
    sql: `SELECT toUInt32(sum(recordCount)) AS rows, toString(sum(bytesToSource)) AS bytes,
      toUInt32(sum(denied)) AS denied, toUInt32(count()) AS records FROM ${table} FINAL`,
  });
  return row;
}

const allSums = () => Promise.all(tables.map(sums));

async function liveRows(): Promise<number> {
  const [row] = await engine.rows<{ count: number }>({
    sql: "SELECT toUInt32(count()) AS count FROM flow_interval_live",
  });
  return row?.count ?? 0;
}

const columns =
  "Flows: AllowedInFlows DeniedOutFlows BytesSrcToDest FlowType FlowIntervalStartTime";

/** What is in the place where an interval's records are, and what the table's own view says. */
async function expectSameFromPlaces(): Promise<void> {
  const span = { startMs: beforeOne, endMs: beforeOne + 3_600_000 };
  const intervals = await readIntervals(engine, span);
  for (const table of ["NTANetAnalyticsDeduplicated", "NTANetAnalytics"]) {
    const source = summarySource(table, columns, intervals, engine.database);
    const of = (from: string) =>
      engine.rows({
        sql: `SELECT toString(FlowIntervalStartTime) AS start, FlowType, toString(sum(AllowedInFlows)) AS flows,
          toString(sum(DeniedOutFlows)) AS denied, toString(sum(BytesSrcToDest)) AS bytes, count() AS records
          FROM ${from} GROUP BY ALL ORDER BY ALL`,
      });
    expect(source).not.toContain(`"${table}"`);
    expect(await of(`(${source})`)).toEqual(await of(table));
  }
}

async function openHours(): Promise<number> {
  const [row] = await engine.rows<{ count: number }>({
    sql: "SELECT toUInt32(countIf(NOT isWhole)) AS count FROM flow_hour_state",
  });
  return row?.count ?? 0;
}

test("rows that are rolled up later are in each roll-up at once, and stay what they are", async () => {
  const batch = generateBatch(rolledLaterRowsMin, beforeOne);
  await insertFlows(engine, batch, null, { token: "many" });
  await insertFlows(engine, batch, null, { token: "many" });
  expect([await liveRows(), await openHours()]).toEqual([0, 2]);
  const before = await allSums();
  const rows = rolledLaterRowsMin;
  // Row i has 2^40 + i bytes.
  const bytes = String(BigInt(rows) * 2n ** 40n + BigInt((rows * (rows - 1)) / 2));
  for (const sum of before) expect(sum).toMatchObject({ rows, bytes, denied: rows / 4 });
  await expectSameFromPlaces();
  expect(await addUpHours(engine, { nowMs: Date.now() })).toBe(2);
  expect(await openHours()).toBe(0);
  await expectSameFromPlaces();
  expect(await allSums()).toEqual(before);
  expect(await addUpHours(engine, { nowMs: Date.now() })).toBe(0);
});

test("rows that come to such an hour count at once, with their flow's record", async () => {
  const before = await allSums();
  await insertFlows(engine, generateBatch(4, beforeOne), null, { token: "few" });
  expect([await liveRows(), await openHours()]).toEqual([4, 1]);
  const after = await allSums();
  for (const [index, sum] of after.entries()) {
    const { rows, denied, records } = before[index] as Record<string, number>;
    expect(sum).toMatchObject({ rows: Number(rows) + 4, denied: Number(denied) + 1, records });
  }
  expect(await addUpHours(engine, { nowMs: Date.now() })).toBe(1);
  expect(await allSums()).toEqual(after);
});

test("the rows of each interval are counted, whichever way they came", async () => {
  const span = { startMs: beforeOne, endMs: beforeOne + 3_600_000 };
  const counted = await engine.rows({
    sql: `SELECT toUnixTimestamp(start) AS start, 60 AS minutes, toUInt32(sum(recordCount)) AS recordCount,
        NULL AS build FROM flow_interval GROUP BY start ORDER BY start`,
  });
  expect(counted).toHaveLength(2);
  const found = await readIntervals(engine, span);
  expect(found).toMatchObject(counted);
  for (const { place } of found) expect(place).toBeTypeOf("number");
});

test("builds that nobody can be reading are dropped, and those of whole hours are kept", async () => {
  const builds = async () =>
    (await engine.rows({ sql: "SELECT DISTINCT build FROM flow_interval_later" })).length;
  const before = await allSums();
  expect(await builds()).toBe(3);
  await addUpHours(engine, { nowMs: Date.now() + 31 * 60_000 });
  expect(await builds()).toBe(2);
  expect(await allSums()).toEqual(before);
});

test("a question about some hours reads no rows of the others", async () => {
  const plan = await engine.rows<{ explain: string }>({
    sql: "EXPLAIN indexes = 1 SELECT sum(bytesToSource) FROM flow_interval WHERE start = '2026-11-21 12:00:00'",
  });
  const text = plan.map(({ explain }) => explain).join("\n");
  expect(text).toContain("flow_interval_later");
  expect(text).toMatch(/Parts: 1\/[2-9]/);
});
