import type { EngineLayout } from "../engine.ts";
import type { TableColumn } from "./flow-columns.ts";

/** Inserts that are known again: so many of the last ones are remembered for each table. */
const deduplicationWindow = 10_000;

/** Below it a part is one file: an insert into seventy columns spent more time on files than on bytes. */
const compactPartBytesMax = 128 * 2 ** 20;

/** A table of flows, however it lies on one server or many. */
export interface TableDefinition {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  /** MergeTree, SummingMergeTree(...), AggregatingMergeTree. */
  readonly engine: string;
  readonly partitionBy: string;
  readonly orderBy: string;
  /** Columns whose smallest and largest value is kept for each granule. */
  readonly indexes?: readonly string[];
  /** Which rows belong to one shard. */
  readonly shardBy: string;
}

/** `ON CLUSTER name` where there is a cluster. */
export const onCluster = ({ cluster }: EngineLayout): string =>
  cluster === null ? "" : ` ON CLUSTER \`${cluster}\``;

/** The name under which a server keeps its own part of the table. */
export const localName = ({ cluster }: EngineLayout, name: string): string =>
  cluster === null ? name : `${name}_local`;

/**
 * The statements that make a table: one of MergeTree's family, and on a cluster a Distributed one over
 * it under the table's own name, so that queries read the same everywhere.
 */
export function createTable(layout: EngineLayout, table: TableDefinition): string[] {
  const local = localName(layout, table.name);
  const columns = [
    ...table.columns.map(({ name, type, rest }) => `${name} ${type}${rest ? ` ${rest}` : ""}`),
    ...(table.indexes ?? []).map((name) => `INDEX ${name}_range ${name} TYPE minmax GRANULARITY 1`),
  ].join(", ");
  const statements = [
    `CREATE TABLE IF NOT EXISTS ${local}${onCluster(layout)} (${columns})
     ENGINE = ${engineOf(layout, table)} PARTITION BY ${table.partitionBy} ORDER BY (${table.orderBy})
     SETTINGS min_bytes_for_wide_part = ${compactPartBytesMax}, ${settingsOf(layout)}`,
  ];
  if (layout.cluster !== null) {
    statements.push(
      `CREATE TABLE IF NOT EXISTS ${table.name}${onCluster(layout)} AS ${local}
       ENGINE = Distributed('${layout.cluster}', currentDatabase(), ${local}, ${table.shardBy})`,
    );
  }
  return statements;
}

function engineOf({ replicated }: EngineLayout, table: TableDefinition): string {
  return replicated ? `Replicated${table.engine}` : table.engine;
}

const settingsOf = ({ replicated }: EngineLayout): string =>
  replicated
    ? `replicated_deduplication_window = ${deduplicationWindow}, replicated_deduplication_window_seconds = 2592000`
    : `non_replicated_deduplication_window = ${deduplicationWindow}`;

/** A view that writes each insert's rows, aggregated, to a table: on each server over its own part. */
export function createRollUp(
  layout: EngineLayout,
  { name, select }: { readonly name: string; readonly select: string },
): string[] {
  return [
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${name}_rows${onCluster(layout)}
     TO ${localName(layout, name)} AS ${select}`,
  ];
}
