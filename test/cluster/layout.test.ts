// What cannot run here, a cluster with Keeper: what Nightcap takes a cluster for, and the statements that it would make,
// each held to ClickHouse's own parser.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  clusterInsertRules,
  clusterSettings,
} from "../../src/flowstore/cluster/cluster-settings.ts";
import { chooseLayout } from "../../src/flowstore/cluster/find-layout.ts";
import { createChunkLedger } from "../../src/flowstore/ledger/chunk-ledger.ts";
import type { EngineLayout, FlowEngine } from "../../src/flowstore/engine.ts";
import { migrations } from "../../src/flowstore/schema/migrations.ts";
import { openSomeEngine, type SomeEngine } from "../flowstore/some-engine.ts";

const node = (shard: number, replica: number, isInternal = 1, cluster = "night") => ({
  cluster,
  shard,
  replica,
  host: `click-${shard}-${replica}`,
  port: 9000,
  isInternal,
});
const fourNodes = [node(1, 1), node(1, 2), node(2, 1), node(2, 2)];
const example = { ...node(1, 1, 0, "test_shard_localhost") };

let some: SomeEngine;

beforeAll(async () => {
  some = await openSomeEngine();
});

afterAll(() => some.remove());

test("a cluster is found by itself, with Keeper when there are macros too", () => {
  const nodes = [...fourNodes, example];
  expect(chooseLayout({ nodes, hasKeeper: true, hasMacros: true }, undefined)).toMatchObject({
    cluster: "night",
    replicated: true,
    nodes: [{ host: "click-1-1" }, { host: "click-1-2" }, { host: "click-2-1" }, {}],
  });
  expect(chooseLayout({ nodes: [example], hasKeeper: false, hasMacros: false }, undefined)).toEqual(
    { cluster: null, replicated: false, nodes: [] },
  );
});

test.each([
  [
    "no such cluster",
    { nodes: fourNodes, hasKeeper: true, hasMacros: true },
    "day",
    /knows no cluster "day"/,
  ],
  [
    "two clusters",
    {
      nodes: [...fourNodes, node(1, 1, 1, "day"), node(2, 1, 1, "day")],
      hasKeeper: true,
      hasMacros: true,
    },
    undefined,
    /clusters night, day: name one/,
  ],
  [
    "replicas that nobody writes to",
    { nodes: fourNodes, hasKeeper: false, hasMacros: false },
    undefined,
    /internal_replication = true, and its servers have no Keeper/,
  ],
  [
    "replicas that are written to twice",
    { nodes: [node(1, 1, 0), node(1, 2, 0)], hasKeeper: true, hasMacros: true },
    undefined,
    /internal_replication = false, and its servers have Keeper/,
  ],
])("%s: refused with the reason", (_what, facts, wanted, message) => {
  expect(() => chooseLayout(facts, wanted)).toThrow(message);
});

const layouts: readonly (readonly [string, EngineLayout])[] = [
  ["Keeper", chooseLayout({ nodes: fourNodes, hasKeeper: true, hasMacros: true }, undefined)],
  ["one server with Keeper", { cluster: null, replicated: true, nodes: [] }],
];

test.each(layouts)("each statement for %s is one that ClickHouse reads", async (_what, layout) => {
  for (const sql of migrations.flatMap((migration) => migration.statements(layout))) {
    // Arguments of an engine are taken apart without being run.
    const rows = await some.engine.rows({ sql: `EXPLAIN AST ${sql}` });
    expect(rows.length, sql).toBeGreaterThan(1);
  }
});

test("with Keeper, tables have paths that do not depend on who made them", () => {
  const [, layout] = layouts[0] ?? [];
  const statements = migrations.flatMap((migration) =>
    layout ? migration.statements(layout) : [],
  );
  const about = (name: string): string =>
    (statements.find((sql) => new RegExp(`(TABLE|VIEW) (IF NOT EXISTS )?${name} `).test(sql)) ?? "")
      .replace(/\([a-z]\w* \w+[\s\S]*\)\s+ENGINE/, "(...) ENGINE")
      .replaceAll(/\s+/g, " ");
  expect(["flow_local", "flow", "flow_interval_local", "flow_chunk"].map(about))
    .toMatchInlineSnapshot(`
    [
      "CREATE TABLE IF NOT EXISTS flow_local ON CLUSTER \`night\` (...) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}') PARTITION BY toMonday(time) ORDER BY (toStartOfHour(time), origin, destinationPort, time) SETTINGS min_bytes_for_wide_part = 134217728, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 2592000",
      "CREATE TABLE IF NOT EXISTS flow ON CLUSTER \`night\` AS flow_local ENGINE = Distributed('night', currentDatabase(), flow_local, cityHash64(protocol, destinationPort, if(startsWith(sourceArea, '{"blank"'), toIPv6('::'), source), if(startsWith(destinationArea, '{"blank"'), toIPv6('::'), destination))) SETTINGS fsync_after_insert = 1, fsync_directories = 1, bytes_to_throw_insert = 17179869184, background_insert_max_sleep_time_ms = 2000",
      "CREATE TABLE IF NOT EXISTS flow_interval_local ON CLUSTER \`night\` (...) ENGINE = ReplicatedAggregatingMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}') PARTITION BY toMonday(start) ORDER BY (start, intervalMinutes, isDenied, direction, wordsHash, destinationPort, protocol, encryption, source, destination) SETTINGS min_bytes_for_wide_part = 134217728, replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 2592000",
      "CREATE TABLE IF NOT EXISTS flow_chunk ON CLUSTER \`night\` (...) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}') ORDER BY (node, ordinal) SETTINGS replicated_deduplication_window = 10000, replicated_deduplication_window_seconds = 2592000",
    ]
  `);
  // What was there before is written to all shards by one server.
  for (const sql of statements.filter((one) => !one.startsWith("INSERT")))
    expect(sql).toContain("ON CLUSTER `night`");
});

test("an acknowledgement means a quorum with Keeper, and every replica or a queue on disk without", () => {
  const [, keeper] = layouts[0] ?? [];
  const settings = { insertQuorum: "auto" } as const;
  expect(keeper && clusterInsertRules(keeper, settings).settings).toMatchObject({
    insert_quorum: "auto",
    insert_quorum_parallel: 1,
  });
  const plain: EngineLayout = { cluster: "night", replicated: false, nodes: [] };
  expect(clusterInsertRules(plain, settings).settingsWithoutReplica).toEqual({
    distributed_foreground_insert: 0,
  });
  expect(clusterSettings(plain)).toMatchObject({
    distributed_foreground_insert: 1,
    skip_unavailable_shards: 0,
  });
});

test("with Keeper a replica catches up before it is asked for claims and recorded places", async () => {
  const [, layout] = layouts[0] ?? [];
  const server = Object.create(some.engine, { layout: { value: layout } }) as FlowEngine;
  const ledger = createChunkLedger(
    Object.create(server, { servers: { value: [server] } }) as FlowEngine,
  );
  // This engine's tables have no replicas to catch up with, which is what it says.
  await expect(ledger.isRecorded("a place")).rejects.toThrow(/flow_recorded .*is not replicated/);
  await expect(ledger.following("a node")).rejects.toThrow(/flow_chunk .*is not replicated/);
});
