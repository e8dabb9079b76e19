import type { EngineLayout } from "../engine.ts";
import { engineOf, onCluster } from "./table.ts";

/** Claims of one table that are known again: two importers at once meet within far fewer. */
const deduplicationWindow = 10_000;
/** Nor is an importer held up for longer between its question and its claim; versions of ClickHouse differ in their own default. */
const deduplicationSeconds = 2_592_000;

/**
 * What says which parts of flow logs are in the table. Not sharded: one ledger for the whole cluster.
 */
export function createLedgerTables(layout: EngineLayout): string[] {
  const settings = layout.replicated
    ? `replicated_deduplication_window = ${deduplicationWindow}, replicated_deduplication_window_seconds = ${deduplicationSeconds}`
    : `non_replicated_deduplication_window = ${deduplicationWindow}`;
  const table = (name: string, columns: string, order: string, family = "MergeTree"): string =>
    `CREATE TABLE IF NOT EXISTS ${name}${onCluster(layout)} (${columns})
     ENGINE = ${engineOf(layout, family, "all")} ORDER BY ${order} SETTINGS ${settings}`;
  return [
    table(
      "flow_chunk",
      "node String, next String, ordinal UInt32, sizeBytes UInt64, sha256 String, isRolledLater Bool, claimed DateTime64(3, 'UTC') DEFAULT now64(3)",
      "(node, ordinal)",
    ),
    table("flow_chunk_done", "next String, rows UInt64", "next"),
    table(
      "flow_checkpoint",
      "place String, etag String, consumedBytes UInt64, node String, head String, blocks String, rows UInt64, written DateTime64(6, 'UTC') DEFAULT now64(6)",
      "place",
      "ReplacingMergeTree",
    ),
    table("flow_recorded", "place String", "place", "ReplacingMergeTree"),
  ];
}

/** Claims in turns, and the bytes of small chunks that are inserted together: each bundle is a partition, which goes at once. */
export const createBundles = (layout: EngineLayout): string[] => [
  `ALTER TABLE flow_chunk${onCluster(layout)} ADD COLUMN IF NOT EXISTS turn UInt64,
     ADD COLUMN IF NOT EXISTS claimant String, ADD COLUMN IF NOT EXISTS bundle String`,
  `CREATE TABLE IF NOT EXISTS flow_bundle${onCluster(layout)}
     (name String, description String, content String, written DateTime('UTC') DEFAULT now('UTC'))
   ENGINE = ${engineOf(layout, "MergeTree", "all")} PARTITION BY name ORDER BY name`,
];
