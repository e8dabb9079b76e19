import type { EngineLayout, FlowEngine } from "../engine.ts";
import { rollUpTables } from "../later/later-tables.ts";
import { builtTable, summaries } from "../summary/summary-tables.ts";
import { onEachServer } from "./each-server.ts";
import { localName, onCluster } from "./table.ts";

/** Tables that flows fill, and the column that says how old a row is. */
const agingTables = (
  layout: EngineLayout,
): readonly (readonly [table: string, timeColumn: string])[] => [
  [localName(layout, "flow"), "time"],
  ...rollUpTables(layout).map((name) => [name, "start"] as const),
  ...[builtTable, ...summaries].map(({ name }) => [localName(layout, name), "start"] as const),
  [localName(layout, "topology"), "TimeGenerated"],
];

/**
 * Lets rows go after so many days; 0 keeps them for ever, and without a number nothing changes. Rows
 * that are there already follow the new time when ClickHouse next merges their part. A server that is
 * away keeps its rule until the next start that finds it.
 */
export async function setRetention(
  engine: FlowEngine,
  retentionDays: number | undefined,
): Promise<void> {
  if (retentionDays === undefined) return;
  await onEachServer(engine.servers, (server) => setOnServer(server, retentionDays));
}

async function setOnServer(engine: FlowEngine, retentionDays: number): Promise<void> {
  for (const [local, timeColumn] of agingTables(engine.layout)) {
    const wanted =
      retentionDays === 0 ? "" : `TTL toDateTime(${timeColumn}) + toIntervalDay(${retentionDays})`;
    if ((await currentRule(engine, local)) === wanted) continue;
    const change = wanted === "" ? "REMOVE TTL" : `MODIFY ${wanted}`;
    await engine.command({
      sql: `ALTER TABLE ${local}${onCluster(engine.layout)} ${change}`,
      settings: { materialize_ttl_after_modify: 0 },
    });
  }
}

/** The rule of a table as ClickHouse writes it, "" when it keeps rows for ever. */
async function currentRule(engine: FlowEngine, table: string): Promise<string> {
  const [row] = await engine.rows<{ engine_full: string }>({
    sql: "SELECT engine_full FROM system.tables WHERE database = {database:String} AND name = {table:String}",
    parameters: { database: engine.database, table },
  });
  return /\bTTL .*?(?= SETTINGS\b|$)/.exec(row?.engine_full ?? "")?.[0] ?? "";
}
