// All servers of a cluster are killed and started again, one after another, while flow logs are imported: nothing that
// was acknowledged is lost, and nothing counts twice. A part of `npm run test:soak`; NIGHTCAP_RESTART_ROUNDS says how often.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { importSource } from "../../src/flowsource/import-source.ts";
import { openFlowSource } from "../../src/flowsource/open-source.ts";
import { startWindowParser } from "../../src/flowsource/parse/window-parser.ts";
import { createChunkLedger } from "../../src/flowstore/ledger/chunk-ledger.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { vnetLog } from "../flowsource/vnet-log.ts";
import { type SomeCluster, startSomeCluster } from "./some-cluster.ts";
import { skipCluster } from "./stand-in.ts";

const roundCount = Number(process.env["NIGHTCAP_RESTART_ROUNDS"] ?? 25);
const settleMillisecondsMax = 60_000;
const missing = skipCluster();
const recordsPerBlob = 20;
const tuplesPerRecord = 50;
const rowsPerBlob = recordsPerBlob * tuplesPerRecord;

test.skipIf(missing !== null)(
  `a rolling restart under a running import${missing === null ? "" : ` (${missing})`}`,
  async () => {
    const cluster = await startSomeCluster();
    const directory = await mkdtemp(join(tmpdir(), "nightcap-restarts-"));
    try {
      const engine = await cluster.open();
      let isOver = false;
      const importing = importBlobs(engine, directory, () => isOver);
      for (let round = 0; round < roundCount; round++) await restartAll(cluster, round);
      isOver = true;
      const blobCount = await importing;
      expect(blobCount).toBeGreaterThan(roundCount);
      await expect
        .poll(() => countOnReplicas(engine), { timeout: settleMillisecondsMax })
        .toEqual(
          Array.from({ length: 4 }, () => ({
            flows: blobCount * rowsPerBlob,
            records: blobCount * rowsPerBlob,
          })),
        );
      // All of it again, with a cluster that is whole: nothing is new.
      expect(await importUntilDone(engine, directory)).toBe(0);
      await engine.close();
    } finally {
      await cluster.remove();
      await rm(directory, { recursive: true });
    }
  },
  60_000 + roundCount * 30_000,
);

/** Killed, not stopped: a restart that is asked for is the gentler case. */
async function restartAll({ servers }: SomeCluster, round: number): Promise<void> {
  for (const [index, server] of servers.entries()) {
    await sleep((round * 37 + index * 53) % 200);
    await server.kill();
    await sleep((round * 71) % 300);
    await server.start();
  }
}

/** Imports one blob after another until it is told to end; gives their number. */
async function importBlobs(
  engine: FlowEngine,
  directory: string,
  isOver: () => boolean,
): Promise<number> {
  let count = 0;
  while (!isOver()) {
    const mac = `0022486D${String(count).padStart(4, "0")}`;
    const path = join(directory, `${mac}.json`);
    await writeFile(path, vnetLog(0, recordsPerBlob, { mac, tuplesPerRecord }));
    await importUntilDone(engine, path);
    count++;
  }
  return count;
}

/** What a person does: starts the import again when it says that the store was not there. Gives the rows that were new. */
async function importUntilDone(engine: FlowEngine, path: string): Promise<number> {
  const parser = startWindowParser();
  try {
    for (;;) {
      const source = await openFlowSource(path, { variables: {} });
      try {
        const totals = await importSource(source, {
          ledger: createChunkLedger(engine),
          insert: (batch, token) => insertFlows(engine, batch, null, { token }),
          parser,
          signal: AbortSignal.timeout(120_000),
        });
        expect(totals.failures).toEqual([]);
        return totals.inserted;
      } catch (error) {
        expect(error).toMatchObject({ code: "ServiceUnavailable" });
      }
    }
  } finally {
    await parser.close();
  }
}

/** As each pair of replicas has it, one of each shard: rows, and what the roll-up counted of them. */
async function countOnReplicas(engine: FlowEngine): Promise<{ flows: number; records: number }[]> {
  const servers = await Promise.all(
    engine.servers.map(async (server) => {
      const [row] = await server.rows<{ flows: number; records: number }>({
        sql: `SELECT toUInt32(count()) AS flows,
                (SELECT toUInt32(sum(recordCount)) FROM flow_interval_local) AS records FROM flow_local`,
      });
      return row ?? { flows: 0, records: 0 };
    }),
  );
  const [first, second, third, fourth] = servers;
  const pairs = [
    [first, third],
    [first, fourth],
    [second, third],
    [second, fourth],
  ];
  return pairs.map((pair) => ({
    flows: pair.reduce((sum, one) => sum + (one?.flows ?? 0), 0),
    records: pair.reduce((sum, one) => sum + (one?.records ?? 0), 0),
  }));
}
