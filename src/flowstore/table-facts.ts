import { publicTables } from "./public-addresses/public-tables.ts";
import { azureTables } from "./azure/tables.ts";
import { destinationsTable, hostsTable } from "./destinations/destination-view.ts";
import type { FlowEngine } from "./engine.ts";
import { tupleTable } from "./tuples/tuple-view.ts";

/** How much there is of a table that people ask, as the engine knows without reading a row. */
export interface TableFacts {
  readonly name: string;
  readonly rowCount: number;
  /** What is counted: its own rows, or the tuples of flows that its rows are made from. */
  readonly counted: "rows" | "tuples";
  /** Milliseconds since 1970; no row's time is outside. Null: there are none. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

interface Stored {
  readonly table: string;
  /** By which the table is parted, so that each part knows its smallest and largest. */
  readonly timeColumn: string;
}

const flow: Stored = { table: "flow", timeColumn: "time" };
const kept = (name: string, table = name): readonly [string, Stored] => [
  name,
  { table, timeColumn: "TimeGenerated" },
];

/** Tables whose rows are stored as they are asked for. */
const ownRows: ReadonlyMap<string, Stored> = new Map([
  [tupleTable.name, flow] as const,
  kept(azureTables.topologyDetails.name, "topology"),
  kept(azureTables.insights.name),
  kept(azureTables.diagnostics.name),
  kept(azureTables.threatIndicator.name),
]);

/** Tables whose rows are put together from tuples of flows when they are read. */
const madeOfTuples: readonly string[] = [
  azureTables.netAnalytics.name,
  azureTables.deduplicated.name,
  azureTables.legacyAnalytics.name,
  azureTables.ipDetails.name,
  azureTables.legacyIpDetails.name,
  ...publicTables.map(({ name }) => name),
  destinationsTable.name,
  hostsTable.name,
];

interface CountRow {
  readonly rowCount: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** What each part of a table says of itself is added up; a test holds that no row is read. */
const countSql = ({ table, timeColumn }: Stored): string =>
  `SELECT toUInt64(count()) AS rowCount,
     toInt64(toUnixTimestamp64Milli(toDateTime64(min(${timeColumn}), 3))) AS firstMs,
     toInt64(toUnixTimestamp64Milli(toDateTime64(max(${timeColumn}), 3))) AS lastMs
   FROM ${table}`;

/** The statements that `readTableFacts` asks, one for each table that is stored. */
export const countStatements = (): string[] => [...ownRows.values()].map(countSql);

export async function readTableFacts(
  engine: FlowEngine,
  signal: AbortSignal,
): Promise<TableFacts[]> {
  const own = await Promise.all(
    Array.from(ownRows, async ([name, stored]) => {
      const [row] = await engine.rows<CountRow>({ sql: countSql(stored), signal });
      return { ...countOf(row), name, counted: "rows" as const };
    }),
  );
  const tuples = own.find(({ name }) => name === tupleTable.name) ?? countOf();
  return [...own, ...madeOfTuples.map((name) => Object.assign({}, tuples, madeOf(name)))];
}

const madeOf = (name: string): Pick<TableFacts, "name" | "counted"> => ({
  name,
  counted: "tuples",
});

function countOf(row?: CountRow): Omit<TableFacts, "name" | "counted"> {
  if (!row || row.rowCount === 0) return { rowCount: 0, firstMs: null, lastMs: null };
  const { rowCount, firstMs, lastMs } = row;
  return { rowCount, firstMs, lastMs };
}
