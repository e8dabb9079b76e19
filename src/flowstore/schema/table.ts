import type { EngineLayout } from "../engine.ts";
import type { TableColumn } from "./flow-columns.ts";

/** Inserts that are known again: so many of the last ones are remembered for each table. */
const deduplicationWindow = 10_000;

/** Below it a part is one file: an insert into seventy columns spent more time on files than on bytes. */
const compactPartBytesMax = 128 * 2 ** 20;

/** Rows that wait on one server for replicas that are away; beyond it inserts fail, and their callers keep the rows. */
const queueBytesMax = 16 * 2 ** 30;

/** Between two tries to deliver a queue. By default the wait doubles with each failure of the last minutes, up to 30 s. */
const queuePauseMillisecondsMax = 2_000;

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
  /** Rows go so many days after the time in a column; left out: they stay until a retention is set. */
  readonly keptDays?: { readonly column: string; readonly days: number };
  /** Which rows belong to one shard. */
  readonly shardBy: string;
}

/** `ON CLUSTER name` where Keeper hands statements on; without it they are made on each server. */
export const onCluster = ({ cluster, replicated }: EngineLayout): string =>
  cluster === null || !replicated ? "" : ` ON CLUSTER \`${cluster}\``;

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
    columnsText(table.columns),
    ...(table.indexes ?? []).map((name) => `INDEX ${rangeOf(name)}`),
  ].join(", ");
  const statements = [
    `CREATE TABLE IF NOT EXISTS ${local}${onCluster(layout)} (${columns})
     ENGINE = ${engineOf(layout, table.engine)} PARTITION BY ${table.partitionBy} ORDER BY (${table.orderBy})${expiry(table)}
     SETTINGS min_bytes_for_wide_part = ${compactPartBytesMax}, ${settingsOf(layout)}`,
  ];
  if (layout.cluster !== null) {
    statements.push(`CREATE TABLE IF NOT EXISTS ${overShards(layout, table.name, table.shardBy)}`);
  }
  return statements;
}

/** Columns as a statement that makes a table has them. */
export const columnsText = (columns: readonly TableColumn[]): string =>
  columns.map(({ name, type, rest }) => `${name} ${type}${rest ? ` ${rest}` : ""}`).join(", ");

const rangeOf = (column: string): string => `${column}_range ${column} TYPE minmax GRANULARITY 1`;

const expiry = ({ keptDays }: TableDefinition): string =>
  keptDays ? ` ${expiryRule(keptDays.column, keptDays.days)}` : "";

/** As ClickHouse writes it, so that a rule can be compared with a table's. */
export const expiryRule = (timeColumn: string, days: number): string =>
  `TTL toDateTime(${timeColumn}) + toIntervalDay(${days})`;

/** A table over the parts of all shards. What waits in its queue for a replica is on the disk before it is acknowledged. */
export function overShards(layout: EngineLayout, name: string, shardBy: string): string {
  const local = localName(layout, name);
  return `${name}${onCluster(layout)} AS ${local}
    ENGINE = Distributed('${layout.cluster}', currentDatabase(), ${local}, ${shardBy})
    SETTINGS fsync_after_insert = 1, fsync_directories = 1, bytes_to_throw_insert = ${queueBytesMax},
      background_insert_max_sleep_time_ms = ${queuePauseMillisecondsMax}`;
}

/**
 * The engine, and in Keeper the path that the replicas of one shard share. The path is spelt out, as the
 * default has the table's UUID in it: a replica that is added later would get another one, and stay alone.
 */
export function engineOf({ replicated }: EngineLayout, family: string, shard = "{shard}"): string {
  if (!replicated) return family;
  const [, name = family, given] = /^(\w+)(?:\((.*)\))?$/.exec(family) ?? [];
  const replica = shard === "{shard}" ? "{replica}" : "{shard}-{replica}";
  const place = `'/clickhouse/tables/${shard}/{database}/{table}', '${replica}'`;
  return `Replicated${name}(${given ? `${place}, ${given}` : place})`;
}

const settingsOf = ({ replicated }: EngineLayout): string =>
  replicated
    ? `replicated_deduplication_window = ${deduplicationWindow}, replicated_deduplication_window_seconds = 2592000`
    : `non_replicated_deduplication_window = ${deduplicationWindow}`;

/** A view that writes each insert's rows, aggregated, to a table: on each server over its own part. */
export function createRollUp(
  layout: EngineLayout,
  { name, to, select }: { readonly name: string; readonly to: string; readonly select: string },
): string[] {
  return [
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${name}_rows${onCluster(layout)}
     TO ${to} AS ${select}`,
  ];
}
