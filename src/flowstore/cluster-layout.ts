import type { ClickHouseClient } from "@clickhouse/client";
import { NightcapError } from "../common/errors.ts";
import type { EngineLayout } from "./engine.ts";

interface Node {
  cluster: string;
  shards: string;
  replicas: string;
}

/**
 * Asks the server what it is: the cluster it belongs to, and whether it has Keeper. Clusters that
 * ClickHouse ships as examples (`test_...`, `default` with one node) are taken only when named.
 */
export async function findLayout(
  client: ClickHouseClient,
  wanted: string | undefined,
): Promise<EngineLayout> {
  const rows = async <Row>(query: string): Promise<Row[]> => {
    const answer = await client.query({
      query,
      format: "JSONEachRow",
      clickhouse_settings: {},
    });
    return (await answer.json()) as Row[];
  };
  const clusters = await rows<Node>(
    `SELECT cluster, toString(uniqExact(shard_num)) AS shards, toString(uniqExact(replica_num)) AS replicas
     FROM system.clusters GROUP BY cluster ORDER BY cluster`,
  );
  const found =
    wanted === undefined
      ? clusters.find(
          (one) => !one.cluster.startsWith("test_") && one.shards + one.replicas !== "11",
        )
      : clusters.find((one) => one.cluster === wanted);
  if (wanted !== undefined && !found) {
    throw new NightcapError("SettingsInvalid", `the server knows no cluster "${wanted}"`);
  }
  const macros = await rows<{ macro: string }>(
    "SELECT macro FROM system.macros WHERE macro IN ('shard', 'replica')",
  );
  const keeper = await rows<{ name: string }>(
    "SELECT name FROM system.tables WHERE database = 'system' AND name = 'zookeeper'",
  );
  return {
    cluster: found?.cluster ?? null,
    replicated: keeper.length > 0 && macros.length === 2,
  };
}
