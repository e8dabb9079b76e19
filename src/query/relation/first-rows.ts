import type { SelectSource, Source } from "./relation.ts";

/** Columns besides the key from which on it is worth to read the key twice, and the rest of few rows only. */
const wideColumnCountMin = 8;
const limitPattern = /^\d{1,5}$/;
/** What may give another value when it is computed again, or needs other rows than its own. */
const fleeting =
  /\b(?:rand\w*|generate\w+|now\w*|rowNumber\w*|blockNumber|runningDifference)\(|\bOVER\b|SELECT /;

/**
 * A condition that the first rows of an order meet, and few others: the engine sorts whole rows, with every column
 * of a view computed for each of them, where the order's own column says which ones it takes. Rows that are equal to
 * the last one pass too, so that the order decides as before. Null where the rows are not those of a table, the key
 * may be null, or there are few columns.
 */
export function firstRowsCondition(
  { from, orderBy, limit, where }: SelectSource,
  wanted: ReadonlySet<string>,
  render: (source: Source, wanted: ReadonlySet<string>) => string,
): string | null {
  const [key] = orderBy ?? [];
  const isWorthIt = wanted.size > wideColumnCountMin && where === undefined && isTable(from);
  if (!key?.isComparable || limit === undefined || !limitPattern.test(limit) || !isWorthIt)
    return null;
  const { sql, descending } = key;
  const keys = { kind: "select", from, define: new Map(), passes: true } as const;
  const first = render({ ...keys, orderBy: [key], limit }, new Set([sql]));
  const [edge, compare] = descending ? ["min", ">="] : ["max", "<="];
  return `${sql} ${compare} (SELECT ${edge}(${sql}) FROM (${first}))`;
}

/** How many rows of a table a query takes, whichever they are; null where it may have to look at more than those. */
export function takenRowCount(source: Source): number | null {
  if (source.kind !== "select" || source.orderBy || source.where) return null;
  const { from, limit = "" } = source;
  return limitPattern.test(limit) && isTable(from) && !hasCondition(from) ? Number(limit) : null;
}

/** Rows of a table, with conditions and columns that are the same whenever they are computed. */
function isTable(source: Source): boolean {
  if (source.kind === "table") return true;
  if (source.kind !== "select" || !source.passes) return false;
  const { arrayJoin, groupBy, limit, limitBy, having, where = [], define, from } = source;
  if (arrayJoin || groupBy || limit !== undefined || limitBy || having) return false;
  return ![...where, ...define.values()].some((sql) => fleeting.test(sql)) && isTable(from);
}

const hasCondition = (source: Source): boolean =>
  source.kind === "select" && (source.where !== undefined || hasCondition(source.from));
