import { convert } from "../conversion/convert.ts";
import { jsonArray, jsonOf } from "../conversion/to-dynamic.ts";
import { momentOf, ticksOf } from "../conversion/ticks.ts";
import { argument, constantOf } from "../functions/scalar-function.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall, NamedValue } from "../translator.ts";
import { aggregateSql } from "./aggregate.ts";
import { numeric } from "./numbers.ts";

/** The value at the nearest rank; whole counts of equal values, so that every one is exact. */
function percentileOf({ value, weight, when, percents }: Weighted, index: number): SqlValue {
  const levels = percents.map((percent) => Math.min(Math.max(percent / 100, 0), 1)).join(", ");
  const at = (sql: string): string =>
    `if(${aggregateSql("count", [sql], when)} = 0, NULL, arrayElement(${aggregateSql("quantilesExactWeighted", [sql, weight], when, levels)}, ${index + 1}))`;
  if (value.type === "datetime")
    return { sql: momentOf(at(`toNullable(${ticksOf(value.sql)})`)), type: "datetime" };
  const number = numeric(value);
  return { sql: at(`toNullable(${number.sql})`), type: number.type };
}

const percentOf = (arg: SqlValue | undefined, call: FunctionCall): number => {
  const percent = Number(constantOf(arg, "the percentile", call));
  return percent >= 0 && percent <= 100 ? percent : call.fail("a percentile is between 0 and 100");
};

/** The percentiles of a call: numbers one by one, or a dynamic array of them. */
function percentsOf(args: readonly SqlValue[], call: FunctionCall): number[] {
  const [first] = args;
  if (first?.type !== "dynamic") return args.map((arg) => percentOf(arg, call));
  const list: unknown = JSON.parse(String(constantOf(first, "the list of percentiles", call)));
  return Array.isArray(list) ? list.map(Number) : call.fail("a list of percentiles is needed");
}

interface Weighted {
  readonly value: SqlValue;
  readonly weight: string;
  readonly percents: readonly number[];
  readonly when: string | null;
}

/** Reads `(expr, percentiles...)` or, weighted, `(expr, weight, percentiles...)`. */
function read(args: readonly SqlValue[], call: FunctionCall, isWeighted: boolean): Weighted {
  const weight = isWeighted
    ? `toUInt64(ifNull(${convert(argument(args, 1, call), "long").sql}, 0))`
    : "toUInt64(1)";
  return {
    value: argument(args, 0, call),
    weight,
    percents: percentsOf(args.slice(isWeighted ? 2 : 1), call),
    when: call.scope.when ?? null,
  };
}

const argsOf = (call: FunctionCall): SqlValue[] =>
  call.arguments.map((node) =>
    call.translator.scalar(node, { row: call.scope.row, names: call.scope.names }),
  );

const firstName = ({ arguments: [node], translator, scope }: FunctionCall): string =>
  (node && translator.nameOf(node, scope)) ?? "";

/** A column for each percentile, called percentile_x_95. */
export const percentiles =
  (isWeighted: boolean) =>
  (call: FunctionCall): readonly NamedValue[] => {
    const weighted = read(argsOf(call), call, isWeighted);
    const name = firstName(call);
    return weighted.percents.map((percent, index) => ({
      name: `percentile_${name}_${String(percent).replaceAll(".", "_")}`,
      value: percentileOf(weighted, index),
    }));
  };

export const percentilesArray =
  (isWeighted: boolean) =>
  (call: FunctionCall): readonly NamedValue[] => {
    const weighted = read(argsOf(call), call, isWeighted);
    const items = weighted.percents.map((_, index) => {
      const one = percentileOf(weighted, index);
      return jsonOf(one.sql, one.type);
    });
    const sql = jsonArray(`[${items.join(", ")}]::Array(String)`);
    return [{ name: `percentiles_${firstName(call)}`, value: { sql, type: "dynamic" } }];
  };
