import { convert } from "../conversion/convert.ts";
import { momentOf, ticksOf } from "../conversion/ticks.ts";
import { argument } from "../functions/scalar-function.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import { aggregateSql } from "./aggregate.ts";
import type { Aggregate } from "./aggregate.ts";

/** A dynamic value is counted by the number that it holds. */
export const numeric = (value: SqlValue): SqlValue =>
  value.type === "dynamic" || value.type === "string" || value.type === "bool"
    ? convert(value, "real")
    : value;

const long = (sql: string): SqlValue => ({ sql: `toInt64(${sql})`, type: "long", nullable: false });

export const count: Aggregate = (args, _call, when) => {
  const [predicate] = args;
  return long(aggregateSql("count", [], predicate ? convert(predicate, "bool").sql : when));
};

/** Nothing to add gives 0. */
export const sum: Aggregate = (args, call, when) => {
  const value = numeric(argument(args, 0, call));
  const type: KustoType = value.type === "int" ? "long" : value.type;
  const sql = `ifNull(${aggregateSql("sum", [value.sql], when)}, 0)`;
  return { sql: type === "decimal" ? `CAST(${sql}, 'Nullable(Decimal(38, 12))')` : sql, type };
};

export const extreme =
  (name: "min" | "max"): Aggregate =>
  (args, call, when) => {
    const value = argument(args, 0, call);
    if (value.type === "dynamic")
      return { sql: aggregateSql(name, [convert(value, "real").sql], when), type: "real" };
    const sql = value.type === "string" ? value.sql : `toNullable(${value.sql})`;
    return { sql: aggregateSql(name, [sql], when), type: value.type };
  };

export const avg: Aggregate = (args, call, when) => {
  const value = numeric(argument(args, 0, call));
  if (value.type === "datetime")
    return {
      sql: momentOf(`round(${aggregateSql("avg", [`toNullable(${ticksOf(value.sql)})`], when)})`),
      type: "datetime",
    };
  const mean = aggregateSql("avg", [`toNullable(${value.sql})`], when);
  if (value.type === "timespan") return { sql: `toInt64(trunc(${mean}))`, type: "timespan" };
  if (value.type === "decimal")
    return { sql: `CAST(${mean}, 'Nullable(Decimal(38, 12))')`, type: "decimal" };
  return { sql: `ifNull(toFloat64(${mean}), nan)`, type: "real" };
};

/** Of a single value and of none the deviation is 0, not "no number". */
export const deviation =
  (name: string): Aggregate =>
  (args, call, when) => {
    const value = convert(numeric(argument(args, 0, call)), "real").sql;
    const made = aggregateSql(name, [value], when);
    return { sql: `if(${aggregateSql("count", [value], when)} <= 1, 0, ${made})`, type: "real" };
  };

export const covariance =
  (name: string): Aggregate =>
  (args, call, when) => {
    const sides = [0, 1].map((index) => convert(numeric(argument(args, index, call)), "real").sql);
    return { sql: aggregateSql(name, sides, when), type: "real" };
  };

/** Counted exactly, whatever accuracy the query asks for. */
export const distinctCount: Aggregate = (args, call, when) =>
  long(aggregateSql("uniqExact", [argument(args, 0, call).sql], when));

export const allBits =
  (name: string): Aggregate =>
  (args, call, when) => ({
    sql: `reinterpretAsInt64(toUInt64(${aggregateSql(name, [`reinterpretAsUInt64(${convert(argument(args, 0, call), "long").sql})`], when)}))`,
    type: "long",
  });
