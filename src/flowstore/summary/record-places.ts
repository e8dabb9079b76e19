import { deduplicatedSelect } from "../azure/deduplicated.ts";
import { netAnalyticsSelect } from "../azure/net-analytics.ts";
import { azureTables } from "../azure/tables.ts";
import type { SelectedColumn } from "../azure/view.ts";
import { selectFromFlow, typedColumns } from "../later/later-tables.ts";
import { publicFlowsTable } from "../public-addresses/public-tables.ts";
import { publicFlowsSelect } from "../public-addresses/public-views.ts";
import { type RollUp, rollUps } from "../schema/roll-up-list.ts";
import type { Interval } from "./intervals.ts";

/** How rows of a table are made of records. */
const selects: Readonly<
  Record<string, (from: string, columns: readonly SelectedColumn[]) => string>
> = {
  [azureTables.deduplicated.name]: deduplicatedSelect,
  [azureTables.netAnalytics.name]: netAnalyticsSelect,
  [publicFlowsTable.name]: publicFlowsSelect,
};

/**
 * Rows of a table in some intervals, each record read where it is known to be. The table's own view looks in every
 * place, and has every column: that it does so took the engine longer to find out than to read one hour. Null where
 * it is not known where the records are.
 */
export function selectFromPlaces(
  table: string,
  columns: readonly SelectedColumn[],
  { intervals, database }: { readonly intervals: readonly Interval[]; readonly database: string },
): string | null {
  const select = selects[table];
  if (!select || intervals.some(({ place }) => place === null)) return null;
  const used = new Set(select("", columns).match(/(?<=\bf\.)\w+/g));
  const from = recordsIn(intervals, used, `"${database}".`);
  return select(`(${from}) AS f`, columns);
}

/** With no more columns than are used: the engine would look at each of them before it leaves it out. */
function recordsIn(
  intervals: readonly Interval[],
  used: ReadonlySet<string>,
  prefix: string,
): string {
  const rollUp = rollUps.find(({ table }) => table.name === "flow_interval");
  if (!rollUp) throw new Error("there is no roll-up of intervals");
  const columns = rollUp.table.columns.filter(({ name }) => used.has(name));
  const records = { ...rollUp, table: { ...rollUp.table, columns } };
  const live = intervals.filter(({ place }) => place === "live");
  const open = intervals.filter(({ place }) => place === "flow");
  const built = intervals.filter(({ place }) => typeof place === "number");
  const name = `${prefix}${records.table.name}`;
  const parts = [
    ...(live.length > 0
      ? [`SELECT ${typedColumns(records)} FROM ${name}_live AS r FINAL WHERE ${isOf("r", live)}`]
      : []),
    ...(built.length > 0 ? [builtPart(records, name, built)] : []),
    ...(open.length > 0 ? [openPart(records, prefix, open)] : []),
  ];
  return parts.join(" UNION ALL ");
}

function builtPart(rollUp: RollUp, name: string, intervals: readonly Interval[]): string {
  const builds = new Set(intervals.map(({ place }) => place));
  return `SELECT ${typedColumns(rollUp)} FROM ${name}_later AS r
    WHERE r.build IN (${[...builds].join(", ")}) AND ${isOf("r", intervals)}`;
}

const hourSeconds = 3_600;

/** The hours are found by the table's key. */
function openPart(rollUp: RollUp, prefix: string, intervals: readonly Interval[]): string {
  const hours = new Set(intervals.map(({ start }) => start - (start % hourSeconds)));
  const where = `toStartOfHour(f.time) IN (${moments([...hours])})`;
  return `SELECT ${typedColumns(rollUp)} FROM (${selectFromFlow(rollUp, where, `${prefix}flow`)}) AS r
    WHERE ${isOf("r", intervals)}`;
}

const moments = (seconds: readonly number[]): string =>
  seconds.map((second) => `fromUnixTimestamp(${second})`).join(", ");

function isOf(alias: string, intervals: readonly Interval[]): string {
  const starts = moments(intervals.map(({ start }) => start));
  const pairs = intervals.map(({ start, minutes }) => `(fromUnixTimestamp(${start}), ${minutes})`);
  return `${alias}.start IN (${starts}) AND (${alias}.start, ${alias}.intervalMinutes) IN (${pairs.join(", ")})`;
}
