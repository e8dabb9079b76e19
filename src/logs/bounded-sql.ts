import { azureTables } from "../flowstore/azure/tables.ts";
import { sqlName, sqlString } from "../query/sql-text.ts";
import type { TableDefinition } from "../query/table-definition.ts";
import type { ColumnMatch, LogQuery, RowMatch, TimeRange } from "./log-query.ts";

/** The column that a time range is about, in each table of Azure's. */
const timeColumn = "TimeGenerated";
/** Tables whose rows are compared with others of their interval: only a condition on that one spares the others. */
const comparedTables: ReadonlySet<string> = new Set([azureTables.deduplicated.name]);
/** Whether which rows a table shows depends on more than their own times. */
export const isComparedTable = (name: string): boolean => comparedTables.has(name);
const intervalMillisecondsMax = 3_600_000;

/**
 * Puts a table of the same name, with fewer rows, before each table that a query reads: whatever the query does, it
 * sees no other rows. ClickHouse writes it in where the name stands, so that it costs nothing more.
 */
export function boundedSql(
  { sql, tables }: { readonly sql: string; readonly tables: readonly string[] },
  known: ReadonlyMap<string, TableDefinition>,
  { database, query }: { readonly database: string; readonly query: LogQuery },
): string {
  const bounded = tables.flatMap((name) => {
    const table = known.get(name);
    const conditions = table ? conditionsOf(table, query) : [];
    const select = query.sourceOf?.(name, database) ?? null;
    if (!table || (conditions.length === 0 && select === null)) return [];
    const source = sqlName(table.source.table);
    const from =
      select === null ? `${sqlName(table.source.database ?? database)}.${source}` : `(${select})`;
    const where = conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
    return [`${source} AS (SELECT * FROM ${from}${where})`];
  });
  return bounded.length > 0 ? `WITH ${bounded.join(", ")} ${sql}` : sql;
}

function conditionsOf(table: TableDefinition, query: LogQuery): string[] {
  const hasTime = table.columns.some(({ name }) => name === timeColumn);
  return [
    ...(hasTime && query.timeRange ? timeConditions(timeColumn, query.timeRange) : []),
    ...(comparedTables.has(table.name) && query.timeRange
      ? timeConditions("FlowIntervalStartTime", widened(query.timeRange))
      : []),
    ...(query.rowsOf ? [matchCondition(query.rowsOf(table.name))] : []),
  ];
}

/** A row's time is in its interval. */
const widened = ({ startMs, endMs }: TimeRange): TimeRange => ({
  startMs: startMs === null ? null : startMs - intervalMillisecondsMax,
  endMs,
});

function timeConditions(column: string, { startMs, endMs }: TimeRange): string[] {
  const moment = (ms: number): string => `fromUnixTimestamp64Milli(${Math.trunc(ms)}, 'UTC')`;
  return [
    ...(startMs === null ? [] : [`${column} >= ${moment(startMs)}`]),
    ...(endMs === null ? [] : [`${column} < ${moment(endMs)}`]),
  ];
}

function matchCondition(matches: readonly RowMatch[]): string {
  const each = matches.map((all) => all.map(columnCondition).join(" AND ") || "true");
  return each.length > 0 ? `(${each.join(" OR ")})` : "false";
}

function columnCondition({ column, how, values }: ColumnMatch): string {
  const text = `lower(${sqlName(column)})`;
  const wanted = values.map((value) => sqlString(value.toLowerCase()));
  if (wanted.length === 0) return "false";
  if (how === "equals") return `${text} IN (${wanted.join(", ")})`;
  return `(${wanted.map((value) => `startsWith(${text}, ${value})`).join(" OR ")})`;
}
