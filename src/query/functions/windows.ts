import { convert } from "../conversion/convert.ts";
import { jsonOf } from "../conversion/to-dynamic.ts";
import { momentOf, ticksOf } from "../conversion/ticks.ts";
import { madeBefore } from "../relation/priors.ts";
import { partitionSql } from "../relation/partition.ts";
import { sortKeySql } from "../relation/relation.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";
import { argument, constantOf } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

/** The rows in the order that the query gave them, of each group where a sub-query runs on groups. */
const orderOf = ({ scope: { row } }: FunctionCall): string => {
  const order = row?.order ?? [];
  const keys = order.length > 0 ? `ORDER BY ${order.map(sortKeySql).join(", ")} ` : "";
  return row?.partition ? `${partitionSql(row)} ${keys}` : keys;
};

const over = (sql: string, call: FunctionCall, frame: string): string =>
  madeBefore(`${sql} OVER (${orderOf(call)}ROWS BETWEEN ${frame})`, call.scope, call.translator);

const all = "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";
const upToHere = "UNBOUNDED PRECEDING AND CURRENT ROW";

/**
 * What stands behind OVER where counting begins anew with each row that meets a condition: the rows since the last of
 * them are a group. Their place keeps rows apart that the order leaves equal.
 */
function sinceRestart(condition: SqlValue, call: FunctionCall): { group: string; place: string } {
  if (!call.scope.priors) return call.unsupported(`restart of ${call.name}() in this place`);
  const place = over("row_number()", call, all);
  const restarts = `ifNull(${convert(condition, "bool").sql}, false)`;
  const { row } = call.scope;
  const outer = row?.partition ? `${partitionSql(row)} ` : "";
  const sum = `sum(toUInt64(${restarts})) OVER (${outer}ORDER BY ${place} ROWS BETWEEN ${upToHere})`;
  const group = madeBefore(sum, call.scope, call.translator);
  return { group: outer === "" ? `PARTITION BY ${group}` : `${outer.trim()}, ${group}`, place };
}

/** A window function that may begin anew. */
function restarting(sql: string, call: FunctionCall, restart: SqlValue | undefined): string {
  if (!restart || restart.constant === false) return over(sql, call, upToHere);
  const { group, place } = sinceRestart(restart, call);
  const window = `${group} ORDER BY ${place} ROWS BETWEEN ${upToHere}`;
  return madeBefore(`${sql} OVER (${window})`, call.scope, call.translator);
}

const neighbour =
  (name: "lagInFrame" | "leadInFrame"): Translate =>
  (args, call) => {
    const value = argument(args, 0, call);
    const offset = args[1] ? Number(constantOf(args[1], "the offset", call)) : 1;
    if (!Number.isSafeInteger(offset) || offset < 0)
      return call.fail(`the offset must not be negative`);
    const hasText = value.type === "string" || value.type === "dynamic";
    const sql = hasText ? value.sql : `toNullable(${value.sql})`;
    const other = args[2] ? convert(args[2], value.type).sql : hasText ? "''" : "NULL";
    return { sql: over(`${name}(${sql}, ${offset}, ${other})`, call, all), type: value.type };
  };

const rowNumber: Translate = (args, call) => {
  const start = args[0] ? convert(args[0], "long").sql : "1";
  return {
    sql: `toInt64(${restarting("row_number()", call, args[1])}) - 1 + ${start}`,
    type: "long",
    nullable: false,
  };
};

const cumulated: Translate = (args, call) => {
  const value = argument(args, 0, call);
  const type = value.type === "int" ? "long" : value.type;
  return { sql: restarting(`sum(${value.sql})`, call, args[1]), type };
};

/**
 * Ranks count the changes of the value in the order at hand (learn.microsoft.com/kusto/query/row-rank-dense-function):
 * 1 for the first; `min` is the place of the first of equal ones.
 */
const rank =
  (isDense: boolean): Translate =>
  (args, call) => {
    if (!call.scope.priors) return call.unsupported(`${call.name}() in this place`);
    if ((call.scope.row?.order ?? []).length === 0) return call.fail(`the rows must be sorted`);
    const { sql: value, type } = argument(args, 0, call);
    const text = jsonOf(value, type);
    const windowed = (sql: string): string => restarting(sql, call, args[1]);
    const isNew = `${text} != ${windowed(`lagInFrame(${text}, 1, '')`)}`;
    const counted = isDense
      ? `sum(toUInt64(${isNew}))`
      : `max(if(${isNew}, ${windowed("row_number()")}, 0))`;
    return { sql: `toInt64(${windowed(counted)})`, type: "long", nullable: false };
  };

/**
 * The first moment of the session that a row is in (learn.microsoft.com/kusto/query/row-window-session-function). What
 * comes after a long enough gap, a null or a restart begins a session; within such a stretch the moments are gone
 * through in order, as each session's end depends on where it began.
 */
const windowSession: Translate = (args, call) => {
  if (!call.scope.priors) return call.unsupported(`${call.name}() in this place`);
  const ticks = `toNullable(${ticksOf(convert(argument(args, 0, call), "datetime").sql)})`;
  const fromFirst = spanOf(args[1], "the distance from the first", call);
  const fromLast = spanOf(args[2], "the distance between neighbours", call);
  const before = over(`lagInFrame(${ticks}, 1, NULL)`, call, all);
  const restarts = args[3] ? `ifNull(${convert(args[3], "bool").sql}, false)` : "false";
  const begins = `(isNull(${before}) OR isNull(${ticks}) OR ${ticks} >= ${before} + ${fromLast} OR ${restarts})`;
  const { group, place } = sinceRestart({ sql: begins, type: "bool" }, call);
  const soFar = madeBefore(
    `groupArray(${ticks}) OVER (${group} ORDER BY ${place} ROWS BETWEEN ${upToHere})`,
    call.scope,
    call.translator,
  );
  const first = `arrayFold((first, at) -> if(at >= first + ${fromFirst}, at, first), ${soFar}, ${soFar}[1])`;
  return { sql: `if(isNull(${ticks}), NULL, ${momentOf(first)})`, type: "datetime" };
};

const spanOf = (value: SqlValue | undefined, what: string, call: FunctionCall): string =>
  value === undefined ? call.fail(`${what} is needed`) : String(constantOf(value, what, call));

export const windowFunctions: ScalarFunctions = {
  prev: neighbour("lagInFrame"),
  next: neighbour("leadInFrame"),
  row_number: rowNumber,
  row_cumsum: cumulated,
  row_rank_dense: rank(true),
  row_rank_min: rank(false),
  row_window_session: windowSession,
};
