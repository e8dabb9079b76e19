import type { ClickHouseClient } from "@clickhouse/client";
import { NightcapError } from "../../common/errors.ts";
import type { EngineLayout, EngineNode } from "../engine.ts";

interface NodeRow {
  readonly cluster: string;
  readonly shard: number;
  readonly replica: number;
  readonly host: string;
  readonly port: number;
  readonly isInternal: number;
}

/** What a server says of itself. */
interface ServerFacts {
  readonly nodes: readonly NodeRow[];
  readonly hasKeeper: boolean;
  /** `shard` and `replica`, which the paths of replicated tables are made of. */
  readonly hasMacros: boolean;
}

/** Asks the server what it is: the cluster that it belongs to, and whether it has Keeper. */
export async function findLayout(
  client: ClickHouseClient,
  wanted: string | undefined,
): Promise<EngineLayout> {
  return chooseLayout(await askFacts(client), wanted);
}

async function askFacts(client: ClickHouseClient): Promise<ServerFacts> {
  const rows = async <Row>(query: string): Promise<Row[]> =>
    (await client.query({ query, format: "JSONEachRow" })).json<Row>();
  const nodes = await rows<NodeRow>(
    `SELECT cluster, shard_num AS shard, replica_num AS replica, host_name AS host, port,
            internal_replication AS isInternal
     FROM system.clusters ORDER BY cluster, shard, replica`,
  );
  const macros = await rows("SELECT 1 FROM system.macros WHERE macro IN ('shard', 'replica')");
  const keeper = await rows(
    "SELECT 1 FROM system.tables WHERE database = 'system' AND name = 'zookeeper'",
  );
  return { nodes, hasKeeper: keeper.length > 0, hasMacros: macros.length === 2 };
}

/** Held apart from the questions, so that answers which no test can bring about are tested too. */
export function chooseLayout(facts: ServerFacts, wanted: string | undefined): EngineLayout {
  const replicated = facts.hasKeeper && facts.hasMacros;
  const cluster = wanted ?? findCluster(facts.nodes);
  if (cluster === null) return { cluster, replicated, nodes: [] };
  const nodes = facts.nodes.filter((node) => node.cluster === cluster);
  if (nodes.length === 0) throw invalid(`the server knows no cluster "${cluster}"`);
  assertReplication(cluster, nodes, replicated);
  return { cluster, replicated, nodes: nodes.map(toNode) };
}

const toNode = ({ shard, replica, host, port }: NodeRow): EngineNode => ({
  shard,
  replica,
  host,
  port,
});

/** The one cluster with more than one server; ClickHouse's own examples, `test_...`, are none. */
function findCluster(nodes: readonly NodeRow[]): string | null {
  const counts = new Map<string, number>();
  for (const { cluster } of nodes) counts.set(cluster, (counts.get(cluster) ?? 0) + 1);
  const names = [...counts].flatMap(([name, count]) =>
    count > 1 && !name.startsWith("test_") ? [name] : [],
  );
  if (names.length > 1) {
    throw invalid(`the server knows the clusters ${names.join(", ")}: name one of them`);
  }
  return names[0] ?? null;
}

/** Who brings a row to the second replica: exactly one of Keeper and the Distributed table. */
function assertReplication(cluster: string, nodes: readonly NodeRow[], replicated: boolean): void {
  const inPairs = nodes.filter(({ shard }) => nodes.filter((n) => n.shard === shard).length > 1);
  const wrong = inPairs.find(({ isInternal }) => (isInternal === 1) !== replicated);
  if (!wrong) return;
  throw invalid(
    replicated
      ? `shard ${wrong.shard} of the cluster "${cluster}" has internal_replication = false, and its servers have Keeper: rows would be written twice, set it to true`
      : `shard ${wrong.shard} of the cluster "${cluster}" has internal_replication = true, and its servers have no Keeper or lack the macros "shard" and "replica": a row would never reach the other replicas`,
  );
}

const invalid = (message: string): NightcapError => new NightcapError("SettingsInvalid", message);
