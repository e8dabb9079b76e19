import type { EngineLayout, EngineQuery, FlowEngine } from "../engine.ts";

/** The shards of which no replica answers now, for whoever has to say that an answer is a part only. */
export function findMissingShards(engine: FlowEngine): Promise<number[]> {
  return askMissingShards(engine.layout, (query) => engine.rows(query));
}

export async function askMissingShards(
  { cluster, nodes }: EngineLayout,
  rows: (query: EngineQuery) => Promise<{ shard: number }[]>,
): Promise<number[]> {
  if (cluster === null) return [];
  const found = await rows({
    sql: "SELECT DISTINCT _shard_num AS shard FROM cluster({cluster:Identifier}, system.one)",
    parameters: { cluster },
    settings: { skip_unavailable_shards: 1 },
  });
  const answering = new Set(found.map(({ shard }) => shard));
  const known = new Set(nodes.map(({ shard }) => shard));
  return [...known].filter((shard) => !answering.has(shard));
}
