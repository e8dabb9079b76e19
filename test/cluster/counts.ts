import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";

const settleMillisecondsMax = 30_000;

/** Rows, as a query over all shards has them. */
export async function countAll(engine: FlowEngine): Promise<number> {
  const [row] = await engine.rows<{ count: number }>({
    sql: "SELECT toUInt32(count()) AS count FROM flow",
  });
  return row?.count ?? 0;
}

/** Waits until a query over all shards has the rows: what lies in a queue is seen when it was delivered. */
export const expectCounted = (engine: FlowEngine, total: number): Promise<void> =>
  expect.poll(() => countAll(engine), { timeout: settleMillisecondsMax }).toBe(total);

/** Rows on each server, held to its roll-ups: the views of a server see what its table takes, once. */
export const countOnServers = (engine: FlowEngine): Promise<number[]> =>
  Promise.all(
    engine.servers.map(async (server) => {
      const [row] = await server.rows<{ count: number; summed: number }>({
        sql: `SELECT toUInt32(count()) AS count,
                (SELECT toUInt32(sum(recordCount)) FROM flow_60m_local) AS summed FROM flow_local`,
      });
      return row?.summed === row?.count ? (row?.count ?? 0) : -1;
    }),
  );

/** Waits until all replicas have all rows, once, and looks again: nothing comes after. */
export async function expectWhole(engine: FlowEngine, total: number): Promise<void> {
  const wholeShards = async (): Promise<number[]> => {
    const [first, second, third, fourth] = await countOnServers(engine);
    return [(first ?? 0) + (third ?? 0), (second ?? 0) + (fourth ?? 0)];
  };
  await expect.poll(wholeShards, { timeout: settleMillisecondsMax }).toEqual([total, total]);
  await sleep(200);
  expect(await wholeShards()).toEqual([total, total]);
  expect(await countAll(engine)).toBe(total);
}
