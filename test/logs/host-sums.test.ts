import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { hostSums } from "../../src/logs/host-sums.ts";
import { openLogQueries, type LogQueries } from "../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../src/logs/query-limits.ts";
import { backends } from "../flowstore/backends.ts";
import { generateBatch } from "../flowstore/flow-rows.ts";

const [backend] = backends;
const missing = backend?.missing ?? null;
describe.skipIf(!backend || missing !== null)(`a host's flows (${missing ?? "embedded"})`, () => {
  let engine: FlowEngine;
  let remove: () => Promise<void>;
  let logs: LogQueries;
  const startMs = Date.UTC(2026, 10, 21, 12);
  const hour = 3_600_000;

  beforeAll(async () => {
    if (!backend) throw new Error("no backend");
    ({ engine, remove } = await backend.open());
    await insertFlows(engine, generateBatch(100, startMs), null, { token: "some" });
    logs = openLogQueries({ engine: async () => engine, settings: logQuerySettings.parse({}) });
  });
  afterAll(async () => {
    await logs.close();
    await remove();
  });

  test("are added up by direction, each once, as the rows have them", async () => {
    const text = `NTANetAnalyticsDeduplicated | project SrcIp, DestIp, BytesSrcToDest, BytesDestToSrc,
      PacketsSrcToDest, Denied = DeniedInFlows + DeniedOutFlows`;
    const { rows } = await logs.run({ text });
    const address = rows.map(([source]) => source).find((source) => source !== "");
    if (typeof address !== "string") throw new Error("no address in the rows");
    const own = rows.filter(
      ([source, destination]) => source === address || destination === address,
    );
    const total = (out: number, back: number): number =>
      own.reduce((all, row) => all + Number(row[row[0] === address ? out : back]), 0);
    const asked = { startMs: startMs - hour, endMs: startMs + 3 * hour, timeoutSeconds: 30 };
    const sums = await hostSums(logs, { addresses: [address], ...asked });
    expect(sums).toMatchObject({
      bytesOut: total(2, 3),
      bytesIn: total(3, 2),
      denied: own.reduce((all, row) => all + Number(row[5]), 0),
    });
    expect(sums?.startMs).toBeLessThan(sums?.endMs ?? 0);
  });

  test("are none of another host, or another day", async () => {
    const day = { startMs: startMs - 48 * hour, endMs: startMs - 47 * hour, timeoutSeconds: 30 };
    expect(await hostSums(logs, { addresses: ["192.0.2.250"], ...day })).toBeNull();
    expect(await hostSums(logs, { addresses: [], ...day })).toBeNull();
  });
});
