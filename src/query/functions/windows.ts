import { convert } from "../conversion/convert.ts";
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
  `${sql} OVER (${orderOf(call)}ROWS BETWEEN ${frame})`;

const all = "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";
const upToHere = "UNBOUNDED PRECEDING AND CURRENT ROW";

const noRestart = (arg: SqlValue | undefined, call: FunctionCall): void => {
  if (arg && arg.constant !== false) call.unsupported(`restart in ${call.name}()`);
};

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
  noRestart(args[1], call);
  const start = args[0] ? convert(args[0], "long").sql : "1";
  return {
    sql: `toInt64(${over("row_number()", call, all)}) - 1 + ${start}`,
    type: "long",
    nullable: false,
  };
};

const cumulated: Translate = (args, call) => {
  noRestart(args[1], call);
  const value = argument(args, 0, call);
  return { sql: over(`sum(${value.sql})`, call, upToHere), type: value.type };
};

/** Ranks count the changes of the value in the order at hand: 1 for the first. */
const rank =
  (name: "dense_rank" | "rank"): Translate =>
  (args, call) => {
    noRestart(args[1], call);
    if (!orderOf(call)) return call.fail(`the rows must be sorted`);
    return {
      sql: `toInt64(${name}() OVER (${orderOf(call).trim()}))`,
      type: "long",
      nullable: false,
    };
  };

export const windowFunctions: ScalarFunctions = {
  prev: neighbour("lagInFrame"),
  next: neighbour("leadInFrame"),
  row_number: rowNumber,
  row_cumsum: cumulated,
  row_rank_dense: rank("dense_rank"),
  row_rank_min: rank("rank"),
};
