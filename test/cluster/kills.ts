// Servers that are killed and come back: queries answer or say what is missing, and no row is lost or counted twice.
// `npm test` does each once; `npm run test:soak` ten times, or as often as NIGHTCAP_KILL_ROUNDS says.
import { expect, test } from "vitest";
import { findMissingShards } from "../../src/flowstore/cluster/missing-shards.ts";
import type { FlowEngine } from "../../src/flowstore/engine.ts";
import { insertFlows } from "../../src/flowstore/insert-flows.ts";
import { partialError } from "../../src/logs/azure/failure.ts";
import { openLogQueries } from "../../src/logs/log-queries.ts";
import { logQuerySettings } from "../../src/logs/query-limits.ts";
import { generateBatch } from "../flowstore/flow-rows.ts";
import { runNightcap } from "../cli/run-nightcap.ts";
import { countAll, countOnServers, expectCounted, expectWhole } from "./counts.ts";
import type { SomeCluster } from "./some-cluster.ts";

interface Parts {
  readonly cluster: SomeCluster;
  readonly engine: FlowEngine;
}

const isSoak = process.env["NIGHTCAP_SOAK"] === "1";
const roundCount = Number(process.env["NIGHTCAP_KILL_ROUNDS"] ?? (isSoak ? 10 : 1));
const roundMillisecondsMax = 60_000;
const rowCount = 2_000;
const noon = Date.UTC(2026, 10, 21, 12);

/** Kills of a cluster that holds rows already, and is whole again after each. */
export function describeKills(parts: () => Parts): void {
  const kills = [
    [
      "with a replica killed, queries answer, inserts wait for it on disk, and it has them when it is back",
      withoutReplica,
    ],
    [
      "with a shard killed, the answer says which one; a partial answer is one that was asked for",
      withoutShard,
    ],
    ["with the server killed that is asked, another one is", withoutAskedServer],
  ] as const;
  test.each(kills)(
    "%s",
    async (_what, round) => {
      for (let index = 0; index < roundCount; index++)
        await round(parts(), `${round.name} ${index}`);
    },
    roundCount * roundMillisecondsMax,
  );
}

async function withoutReplica({ cluster, engine }: Parts, token: string): Promise<void> {
  const total = await countAll(engine);
  await cluster.servers[3]?.kill();
  expect(await countAll(engine)).toBe(total);
  await insertRows(engine, token);
  await expectCounted(engine, total + rowCount);
  await cluster.servers[3]?.start();
  await expectWhole(engine, total + rowCount);
}

async function withoutShard({ cluster, engine }: Parts, token: string): Promise<void> {
  const total = await countAll(engine);
  const [, , onSecond = 0] = await countOnServers(engine);
  const nodes = engine.layout.nodes.filter(({ shard }) => shard === 2);
  await Promise.all(cluster.servers.slice(2).map((server) => server.kill()));
  await expect(countAll(engine)).rejects.toMatchObject({
    code: "ServiceUnavailable",
    message: `the cluster "night" does not answer whole: shard 2 is missing (${nodes.map(({ host, port }) => `${host}:${port}`).join(", ")})`,
  });
  expect(await findMissingShards(engine)).toEqual([2]);
  await expectPartialAnswer(cluster, total - onSecond);
  await insertRows(engine, token);
  await Promise.all(cluster.servers.slice(2).map((server) => server.start()));
  await expectWhole(engine, total + rowCount);
  expect(await findMissingShards(engine)).toEqual([]);
}

/** The API of Log Analytics and the command line say which shard the answer lacks. */
async function expectPartialAnswer(cluster: SomeCluster, count: number): Promise<void> {
  const text = "NightcapFlows | count";
  const engine = await cluster.open({ partialAnswers: true });
  const settings = logQuerySettings.parse({});
  const queries = openLogQueries({ engine: () => Promise.resolve(engine), settings });
  try {
    const answer = await queries.run({ text });
    expect([answer.rows, answer.missingShards]).toEqual([[[count]], [2]]);
    expect(partialError(answer, settings)).toMatchObject({
      code: "PartialError",
      details: [
        {
          code: "EngineError",
          innererror: { message: expect.stringContaining("No server of shard 2 answers") },
        },
      ],
    });
  } finally {
    await queries.close();
    await engine.close();
  }
  const url = cluster.servers[0]?.url ?? "";
  const printed = await runNightcap(
    "query",
    text,
    "--csv",
    "--clickhouse",
    url,
    "--partial-answers",
  );
  expect(printed).toMatchObject({
    code: 0,
    stdout: `Count\n${count}\n`,
    stderr: "nightcap: the answer is a part only: no server of shard 2 answers\n",
  });
}

async function withoutAskedServer({ cluster, engine }: Parts, token: string): Promise<void> {
  const total = await countAll(engine);
  await cluster.servers[0]?.kill();
  expect(await countAll(engine)).toBe(total);
  await insertRows(engine, token);
  const other = await cluster.open({ otherUrls: cluster.servers.map(({ url }) => url) });
  await expectCounted(other, total + rowCount);
  await other.close();
  await cluster.servers[0]?.start();
  await expectWhole(engine, total + rowCount);
}

const insertRows = (engine: FlowEngine, token: string): Promise<void> =>
  insertFlows(engine, generateBatch(rowCount, noon), null, { token });
