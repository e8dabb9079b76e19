import type { ClickHouseClient } from "@clickhouse/client";
import { lacksServer } from "../engine-failures.ts";
import type { EngineLayout, FlowEngine } from "../engine.ts";

/** The shards of which no replica answers now, for whoever has to say that an answer is a part only. */
export async function findMissingShards(engine: FlowEngine): Promise<number[]> {
  if (engine.layout.cluster === null) return [];
  // The server that is asked is one that is there.
  await engine.rows({ sql: "SELECT 1" });
  return askMissingShards(engine.layout, engine.client);
}

/** The first question may go out on a connection from before a server began to hang; the next has to make a new one. */
const attemptCountMax = 3;
/** A server that does not answer a question without work within that time is away. */
const silenceSecondsMax = 2;
/** A connection that was kept takes five seconds to be found dead; there may be one to each replica. */
const askMillisecondsMax = 25_000;

export async function askMissingShards(
  { cluster, nodes }: EngineLayout,
  client: ClickHouseClient,
): Promise<number[]> {
  if (cluster === null) return [];
  const found = await repeated(async (abort_signal) => {
    const answer = await client.query({
      query: "SELECT DISTINCT _shard_num AS shard FROM cluster({cluster:Identifier}, system.one)",
      query_params: { cluster },
      clickhouse_settings: {
        skip_unavailable_shards: 1,
        use_hedged_requests: 0,
        receive_timeout: silenceSecondsMax,
      },
      abort_signal,
      format: "JSONEachRow",
    });
    return answer.json<{ shard: number }>();
  });
  const answering = new Set(found.map(({ shard }) => shard));
  const known = new Set(nodes.map(({ shard }) => shard));
  return [...known].filter((shard) => !answering.has(shard));
}

async function repeated<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const signal = AbortSignal.timeout(askMillisecondsMax);
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(signal);
    } catch (error) {
      if (attempt >= attemptCountMax || !lacksServer(error)) throw error;
    }
  }
}
