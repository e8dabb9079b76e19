import { azureTables, columnTypes } from "../azure/tables.ts";
import { publicFlowsTable } from "../public-addresses/public-tables.ts";
import { type Interval, intervalCountMax } from "./intervals.ts";
import { selectFromPlaces } from "./record-places.ts";
import { isWord, summaries, type Summary } from "./summary-tables.ts";

const tables = [azureTables.deduplicated, azureTables.netAnalytics, publicFlowsTable];
const timeColumns: ReadonlySet<string> = new Set(["FlowIntervalStartTime", "FlowIntervalEndTime"]);

/**
 * What a query may read in the place of a table: rows that are added up already for the intervals that a build holds,
 * and the table's own for the others. Null where no summary has all the columns that the text speaks of.
 */
export function summarySource(
  table: string,
  text: string,
  intervals: readonly Interval[],
  database: string,
): string | null {
  const columns = columnsIn(table, text);
  const summary = summaries.find(
    ({ of, keys, numbers }) =>
      of === table && columns.every((name) => keys.includes(name) || numbers.includes(name)),
  );
  if (!summary || intervals.length > intervalCountMax) return null;
  const whole = intervals.filter(({ build }) => build !== null);
  const open = intervals.filter(({ build }) => build === null);
  const parts = [
    ...(whole.length > 0 || open.length === 0
      ? [wholePart(summary, columns, whole, database)]
      : []),
    ...(open.length > 0 ? [openPart(summary, columns, open, database)] : []),
  ];
  return parts.join(" UNION ALL ");
}

/** Columns of the table that a text speaks of; a word that means something else costs speed, never rows. */
function columnsIn(table: string, text: string): string[] {
  const words = new Set(text.match(/\w+/g));
  const known = tables.find(({ name }) => name === table)?.columns ?? [];
  return known.map(({ name }) => name).filter((name) => words.has(name) && !timeColumns.has(name));
}

const dateTime = `'${columnTypes.datetime.replaceAll("'", "\\'")}'`;

function wholePart(
  { name }: Summary,
  columns: readonly string[],
  intervals: readonly Interval[],
  database: string,
): string {
  const builds = intervals.map(({ build }) => build ?? 0);
  const [first, last] = [intervals[0]?.start ?? 0, intervals.at(-1)?.start ?? 0];
  return `SELECT CAST(start, ${dateTime}) AS FlowIntervalStartTime,
    CAST(start + toIntervalMinute(intervalMinutes), ${dateTime}) AS FlowIntervalEndTime${list(columns)}
    FROM "${database}"."${name}"
    WHERE start BETWEEN fromUnixTimestamp(${first}) AND fromUnixTimestamp(${last}) AND build IN (${builds.join(", ") || "0"})`;
}

const list = (columns: readonly string[]): string => columns.map((name) => `, ${name}`).join("");

function openPart(
  { of, keys }: Summary,
  columns: readonly string[],
  intervals: readonly Interval[],
  database: string,
): string {
  const typed = columns.map((name) => ({ name, type: typeIn(of, keys, name) }));
  const times = [...timeColumns].map((name) => ({ name, type: columnTypes.datetime }));
  const known = selectFromPlaces(of, [...times, ...typed], { intervals, database });
  if (known !== null) return known;
  const items = typed.map(({ name, type }) => `, CAST(t.${name}, '${type}') AS ${name}`);
  const ends = intervals.map(
    ({ start, minutes }) =>
      `(fromUnixTimestamp(${start}), fromUnixTimestamp(${start + minutes * 60}))`,
  );
  const starts = intervals.map(({ start }) => `fromUnixTimestamp(${start})`);
  return `SELECT t.FlowIntervalStartTime AS FlowIntervalStartTime, t.FlowIntervalEndTime AS FlowIntervalEndTime${items.join("")}
    FROM "${database}"."${of}" AS t
    WHERE t.FlowIntervalStartTime IN (${starts.join(", ")})
      AND (t.FlowIntervalStartTime, t.FlowIntervalEndTime) IN (${ends.join(", ")})`;
}

/** The type of a column in a summary's rows. */
function typeIn(table: string, keys: readonly string[], name: string): string {
  if (keys.includes(name) && isWord(name)) return "LowCardinality(String)";
  const column = tables.find((one) => one.name === table)?.columns.find((one) => one.name === name);
  return columnTypes[column?.type ?? "string"];
}
