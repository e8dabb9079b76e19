import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { epochTicks, momentOf, ticksOf, ticksPer } from "../conversion/ticks.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";
import { argument } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

const wholeBin = (value: string, size: string): string =>
  bind(value, (number) => `${number} - positiveModuloOrNull(${number}, ${size})`);

/** Bins of moments count from 0001-01-01; whole seconds that divide a day fall together with those since 1970. */
function momentBin(value: SqlValue, size: SqlValue): string {
  const { constant } = size;
  if (
    typeof constant === "bigint" &&
    constant >= ticksPer.second &&
    ticksPer.day % constant === 0n &&
    constant % ticksPer.second === 0n
  )
    return `toDateTime64(toStartOfInterval(toDateTime64(${value.sql}, 7, 'UTC'), toIntervalSecond(${constant / ticksPer.second})), 7, 'UTC')`;
  return momentOf(
    bind(
      ticksOf(value.sql),
      (ticks) => `${ticks} - positiveModuloOrNull(${ticks} + ${epochTicks}, ${size.sql})`,
    ),
  );
}

/** Rounds down to a multiple of a size, for negative values too (learn.microsoft.com/kusto/query/bin-function). */
export function binOf(value: SqlValue, size: SqlValue): SqlValue {
  if (value.type === "dynamic" || value.type === "string")
    return binOf(convert(value, "real"), size);
  if (value.type === "datetime")
    return { sql: momentBin(value, convert(size, "timespan")), type: "datetime" };
  if (value.type === "timespan")
    return { sql: wholeBin(value.sql, convert(size, "timespan").sql), type: "timespan" };
  const isWhole =
    value.type !== "real" &&
    value.type !== "decimal" &&
    size.type !== "real" &&
    size.type !== "decimal";
  if (isWhole)
    return {
      sql: wholeBin(convert(value, "long").sql, convert(size, "long").sql),
      type: "long",
    };
  const sql = bind(
    convert(size, "real").sql,
    (width) => `if(${width} = 0, NULL, floor(${convert(value, "real").sql} / ${width}) * ${width})`,
  );
  return value.type === "decimal"
    ? convert({ sql, type: "real" }, "decimal")
    : { sql, type: "real" };
}

/** The same, with one bin starting at a point of the query's choice. */
function binAt(value: SqlValue, size: SqlValue, fixed: SqlValue, call: FunctionCall): SqlValue {
  if (value.type === "datetime") {
    const sql = bind(
      ticksOf(value.sql),
      (ticks) =>
        `${ticks} - positiveModuloOrNull(${ticks} - ${ticksOf(convert(fixed, "datetime").sql)}, ${convert(size, "timespan").sql})`,
    );
    return { sql: momentOf(sql), type: "datetime" };
  }
  if (value.type === "string" || value.type === "dynamic")
    return call.fail("a number, a datetime or a timespan is needed");
  if ([value, size, fixed].some(({ type }) => type === "real" || type === "decimal")) {
    const [a, b, c] = [value, size, fixed].map((item) => convert(item, "real").sql);
    return { sql: `${c} + floor((${a} - ${c}) / ${b}) * ${b}`, type: "real" };
  }
  const sql = bind(
    value.sql,
    (number) => `${number} - positiveModuloOrNull(${number} - ${fixed.sql}, ${size.sql})`,
  );
  return { sql, type: value.type };
}

const bin: Translate = (args, call) => binOf(argument(args, 0, call), argument(args, 1, call));

export const binFunctions: ScalarFunctions = {
  bin,
  floor: bin,
  bin_at: (args, call) =>
    binAt(argument(args, 0, call), argument(args, 1, call), argument(args, 2, call), call),
};
