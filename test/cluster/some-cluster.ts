import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FlowEngine, openFlowEngine } from "../../src/flowstore/engine.ts";
import { flowStoreSettings } from "../../src/flowstore/settings.ts";
import type { SomeEngine } from "../flowstore/some-engine.ts";
import { createStandIn, type StandIn, tcpPort } from "./stand-in.ts";

const shardCount = 2;
const replicaCountMax = 2;

export interface SomeCluster {
  /** Shard 1 replica 1, shard 1 replica 2, shard 2 replica 1, shard 2 replica 2. */
  readonly servers: readonly StandIn[];
  readonly open: (settings?: Record<string, unknown>) => Promise<FlowEngine>;
  readonly remove: () => Promise<void>;
}

let clusterCount = 0;

/** Loopback addresses that no other process's cluster has. */
function addresses(replicaCount: number): string[] {
  const block = process.pid * 8 + (clusterCount++ % 8);
  const host = (index: number): string =>
    `127.${1 + ((block >> 13) % 200)}.${(block >> 5) & 0xff}.${((block & 31) << 3) + index + 1}`;
  return Array.from({ length: shardCount * replicaCount }, (_, index) => host(index));
}

/** Starts two shards, of two replicas each where nothing else is said, which the Distributed tables write to. */
export async function startSomeCluster(replicaCount = replicaCountMax): Promise<SomeCluster> {
  const directory = await mkdtemp(join(tmpdir(), "nightcap-cluster-"));
  const hosts = addresses(replicaCount);
  const servers = await Promise.all(
    hosts.map((host, index) =>
      createStandIn(join(directory, `server-${index + 1}`), host, clusterOf(hosts, replicaCount)),
    ),
  );
  const remove = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.kill()));
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await Promise.all(servers.map((server) => server.start()));
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    servers,
    open: (settings = {}) =>
      openFlowEngine(flowStoreSettings.parse({ url: servers[0]?.url, ...settings })),
    remove,
  };
}

function clusterOf(hosts: readonly string[], replicaCount: number): string {
  const shards = Array.from({ length: shardCount }, (_, shard) =>
    hosts
      .slice(shard * replicaCount, (shard + 1) * replicaCount)
      .map((host) => `<replica><host>${host}</host><port>${tcpPort}</port></replica>`)
      .join(""),
  );
  const written = "<internal_replication>false</internal_replication>";
  return `<night>${shards.map((shard) => `<shard>${written}${shard}</shard>`).join("")}</night>`;
}

/** An engine over a cluster of its own, which goes with it: two shards of one server, as replicas take time and answer alike. */
export async function openSomeCluster(settings: Record<string, unknown> = {}): Promise<SomeEngine> {
  const cluster = await startSomeCluster(1);
  try {
    const engine = await cluster.open(settings);
    return {
      engine,
      remove: async () => {
        await engine.close();
        await cluster.remove();
      },
    };
  } catch (error) {
    await cluster.remove();
    throw error;
  }
}
