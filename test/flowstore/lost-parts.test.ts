// An engine killed between writing a token down and naming its part must take the rows when they come again.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { generateBatch } from "./flow-rows.ts";
import { openSomeEngine } from "./some-engine.ts";

let engine: FlowEngine;
let directory: string;
let remove: () => Promise<void>;

beforeAll(async () => {
  ({ engine, directory, remove } = await openSomeEngine());
});

afterAll(() => remove());

const insert = (token: string) => insertFlows(engine, generateBatch(10), null, { token });

async function counts(): Promise<number[]> {
  const [row] = await engine.rows<{ counts: number[] }>({
    sql: `SELECT [(SELECT count() FROM flow), (SELECT sum(recordCount) FROM flow_interval),
      (SELECT sum(recordCount) FROM flow_1m)]::Array(UInt32) AS counts`,
  });
  return row?.counts ?? [];
}

test("rows whose token was written down without them are taken when they come again", async () => {
  await insert("one");
  await insert("two");
  const [part] = await engine.rows<{ path: string }>({
    sql: `SELECT path FROM system.parts WHERE database = currentDatabase() AND table = 'flow_1m_live'
      AND active AND max_block_number = 2`,
  });
  expect(part?.path).toMatch(/_2_2_0\/$/);
  const status = await readFile(join(directory, "data", "status"), "utf8");
  process.kill(Number(/PID: (\d+)/.exec(status)?.[1]), "SIGKILL");
  await rm(part?.path ?? "", { recursive: true });
  await expect.poll(counts).toEqual([20, 20, 10]);
  await insert("two");
  expect(await counts()).toEqual([20, 20, 20]);
  await insert("one");
  await insert("two");
  expect(await counts()).toEqual([20, 20, 20]);
});
