// Answers larger than the engine's memory, queries that want too much of it, and clients that leave or do not read.
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { engineSocketPath } from "../../src/flowstore/embedded/socket-path.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { openSomeEngine } from "./some-engine.ts";

let directory: string;
let engine: FlowEngine;
let remove: () => Promise<void>;

const mebibyte = 2 ** 20;
const memoryBytesMax = 512 * mebibyte;
/** Of 8 bytes each: more than the engine's memory, and 2 GB where there is time. */
const largeRowCount = process.env["NIGHTCAP_SOAK"] ? 250_000_000 : 80_000_000;

beforeAll(async () => {
  ({ engine, directory, remove } = await openSomeEngine({ memoryBytesMax, threadCountMax: 2 }));
});

afterAll(() => remove());

async function engineProcess(): Promise<{ pid: number; peakBytes: number }> {
  const status = await readFile(join(directory, "data", "status"), "utf8");
  const pid = Number(/PID: (\d+)/.exec(status)?.[1]);
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  return { pid, peakBytes: Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1]) * 1_024 };
}

async function runningCount(words: string): Promise<number> {
  const [row] = await engine.rows<{ count: number }>({
    sql: `SELECT toUInt32(count()) AS count FROM system.processes
          WHERE position(query, {words:String}) > 0 AND position(query, 'system.processes') = 0`,
    parameters: { words },
  });
  return row?.count ?? 0;
}

async function untilNoneRuns(words: string): Promise<void> {
  for (let time = 0; (await runningCount(words)) > 0; time++) {
    if (time > 100) expect.unreachable("the engine goes on with what nobody reads");
    await sleep(50);
  }
}

/** A failure of the query in `sql`, and how much of its answer came before. */
async function failureOf(
  sql: string,
  settings: Record<string, string | number> = {},
): Promise<{ sizeBytes: number; error: unknown }> {
  let sizeBytes = 0;
  try {
    const stream = await engine.stream({ sql, settings }, "TabSeparated");
    for await (const piece of stream) sizeBytes += piece.length;
  } catch (error) {
    return { sizeBytes, error };
  }
  return { sizeBytes, error: null };
}

test("an answer larger than the engine's memory passes through it", async () => {
  const before = await engineProcess();
  const stream = await engine.stream(
    { sql: `SELECT number FROM numbers(${largeRowCount})` },
    "RowBinary",
  );
  let sizeBytes = 0;
  let last: Uint8Array = new Uint8Array(0);
  for await (const piece of stream) {
    sizeBytes += piece.length;
    if (piece.length >= 8) last = piece.subarray(-8);
  }
  expect(sizeBytes).toBe(largeRowCount * 8);
  expect(Buffer.from(last).readBigUInt64LE()).toBe(BigInt(largeRowCount - 1));
  const after = await engineProcess();
  expect(after.pid).toBe(before.pid);
  expect(after.peakBytes - before.peakBytes).toBeLessThan(memoryBytesMax / 2);
}, 60_000);

test("a query that needs too much memory fails alone, with ClickHouse's code", async () => {
  const { pid } = await engineProcess();
  const grouped = "SELECT number AS key, count() FROM numbers(20000000) GROUP BY key";
  const inMemory = {
    max_bytes_before_external_group_by: 0,
    max_bytes_ratio_before_external_group_by: 0,
  };
  // Its own limit, the default one of a query, and that of the whole engine.
  for (const limit of [{ max_memory_usage: 64 * mebibyte }, {}, { max_memory_usage: 2 ** 40 }]) {
    const { error } = await failureOf(grouped, { ...inMemory, ...limit });
    expect(error).toMatchObject({ code: "241", type: "MEMORY_LIMIT_EXCEEDED" });
  }
  expect(await engine.rows({ sql: "SELECT 1 AS one" })).toEqual([{ one: 1 }]);
  expect((await engineProcess()).pid).toBe(pid);
});

test("what fails half-way is told at the end of what was sent", async () => {
  const sql = "SELECT number, throwIf(number = 1000000) FROM numbers(2000000)";
  const { sizeBytes, error } = await failureOf(sql);
  expect(sizeBytes).toBeGreaterThan(1_000_000);
  expect(error).toMatchObject({ code: "395" });
  await expect(engine.rows({ sql })).rejects.toMatchObject({ code: "395" });
});

test("limits on an answer hold, in pieces and whole", async () => {
  const sql = "SELECT number FROM numbers(100000000)";
  const settings = { max_result_bytes: String(mebibyte) };
  expect((await failureOf(sql, settings)).error).toMatchObject({ code: "396" });
  const whole = engine.client.query({ query: sql, format: "JSON", clickhouse_settings: settings });
  await expect(whole).rejects.toMatchObject({ code: "396" });
});

test("a query that says no limits has some", async () => {
  const query =
    "SELECT getSetting('max_memory_usage') AS memory, getSetting('max_result_bytes') AS bytes";
  const limitsOf = async (format: "JSON" | "JSONEachRow", settings = {}) =>
    (await engine.client.query({ query, format, clickhouse_settings: settings })).json();
  const memory = memoryBytesMax / 2;
  expect(await limitsOf("JSONEachRow")).toEqual([{ memory, bytes: 0 }]);
  expect(await limitsOf("JSON")).toMatchObject({ data: [{ memory, bytes: 256 * mebibyte }] });
  const own = { max_memory_usage: 100 * mebibyte };
  expect(await limitsOf("JSONEachRow", own)).toEqual([{ memory: 100 * mebibyte, bytes: 0 }]);
});

test("a query ends when its reader leaves", async () => {
  const sql = "SELECT number AS abandoned FROM numbers(100000000000)";
  for await (const piece of await engine.stream({ sql }, "RowBinary")) {
    expect(piece.length).toBeGreaterThan(0);
    break;
  }
  await untilNoneRuns("AS abandoned");
});

test("a reader that does not read holds up neither the engine nor its memory", async () => {
  const before = await engineProcess();
  const query = encodeURIComponent("SELECT number AS unread FROM numbers(100000000000)");
  const call = request({
    socketPath: engineSocketPath(directory),
    path: `/?query=${query}&default_format=RowBinary`,
    method: "POST",
  });
  const response = await new Promise<IncomingMessage>((resolve) => {
    call.once("response", resolve).end();
  });
  response.pause();
  await sleep(500);
  expect(await engine.rows({ sql: "SELECT 1 AS one" })).toEqual([{ one: 1 }]);
  expect((await engineProcess()).peakBytes - before.peakBytes).toBeLessThan(100 * mebibyte);
  response.on("error", () => {});
  call.destroy();
  await untilNoneRuns("AS unread");
});

test("an engine that is killed while it answers says so, and the next question starts another", async () => {
  const { pid } = await engineProcess();
  const stream = await engine.stream(
    { sql: "SELECT number FROM numbers(100000000000)" },
    "RowBinary",
  );
  const reading = (async () => {
    let isFirst = true;
    for await (const piece of stream) {
      if (isFirst && piece.length > 0) process.kill(pid, "SIGKILL");
      isFirst = false;
    }
  })();
  await expect(reading).rejects.toMatchObject({ code: "ServiceUnavailable" });
  expect(await engine.rows({ sql: "SELECT 1 AS one" })).toEqual([{ one: 1 }]);
  expect((await engineProcess()).pid).not.toBe(pid);
});
