import { destinationDaysMax, destinationTable } from "../destinations/destination-table.ts";
import type { EngineLayout, FlowEngine } from "../engine.ts";
import { hourTable } from "../later/hours.ts";
import { rollUpTables } from "../later/later-tables.ts";
import { builtTable, summaries } from "../summary/summary-tables.ts";
import { onEachServer } from "./each-server.ts";
import { expiryRule, localName, onCluster } from "./table.ts";

interface AgingTable {
  readonly local: string;
  /** Says how old a row is. */
  readonly timeColumn: string;
  /** However long flows are kept. */
  readonly daysMax?: number;
}

/** Tables that flows fill. */
const agingTables = (layout: EngineLayout): readonly AgingTable[] => [
  { local: localName(layout, "flow"), timeColumn: "time" },
  ...rollUpTables(layout).map((local) => ({ local, timeColumn: "start" })),
  ...(layout.cluster === null ? [{ local: hourTable.name, timeColumn: "hour" }] : []),
  ...[builtTable, ...summaries].map(({ name }) => ({
    local: localName(layout, name),
    timeColumn: "start",
  })),
  {
    local: localName(layout, destinationTable.name),
    timeColumn: "lastSeen",
    daysMax: destinationDaysMax,
  },
  { local: localName(layout, "topology"), timeColumn: "TimeGenerated" },
];

const daysOf = ({ daysMax }: AgingTable, retentionDays: number): number =>
  retentionDays === 0 ? (daysMax ?? 0) : Math.min(retentionDays, daysMax ?? retentionDays);

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
  for (const table of agingTables(engine.layout)) {
    const { local, timeColumn } = table;
    const days = daysOf(table, retentionDays);
    const wanted = days === 0 ? "" : expiryRule(timeColumn, days);
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
