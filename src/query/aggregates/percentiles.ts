import { convert } from "../conversion/convert.ts";
import { jsonArray, jsonOf } from "../conversion/to-dynamic.ts";
import { momentOf, ticksOf } from "../conversion/ticks.ts";
import { argument, constantOf } from "../functions/scalar-function.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall, NamedValue } from "../translator.ts";
import { numeric } from "./numbers.ts";

/** The value at the nearest rank; whole counts of equal values, so that every one is exact. */
function percentileOf(value: SqlValue, weight: string, percent: number): SqlValue {
  const level = Math.min(Math.max(percent / 100, 0), 1);
  const at = (sql: string): string => `quantileExactWeighted(${level})(${sql}, ${weight})`;
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
  };
}

const argsOf = (call: FunctionCall): SqlValue[] =>
  call.arguments.map((node) =>
    call.translator.scalar(node, { row: call.scope.row, names: call.scope.names }),
  );

export const percentile =
  (isWeighted: boolean) =>
  (args: readonly SqlValue[], call: FunctionCall): SqlValue => {
    const { value, weight, percents } = read(args, call, isWeighted);
    return percentileOf(value, weight, percents[0] ?? 50);
  };

/** A column for each percentile, called percentile_x_95. */
export const percentiles =
  (isWeighted: boolean) =>
  (call: FunctionCall): readonly NamedValue[] => {
    const { value, weight, percents } = read(argsOf(call), call, isWeighted);
    const [node] = call.arguments;
    const name = (node && call.translator.nameOf(node, call.scope)) ?? "";
    return percents.map((percent) => ({
      name: `percentile_${name}_${String(percent).replaceAll(".", "_")}`,
      value: percentileOf(value, weight, percent),
    }));
  };

export const percentilesArray =
  (isWeighted: boolean) =>
  (args: readonly SqlValue[], call: FunctionCall): SqlValue => {
    const { value, weight, percents } = read(args, call, isWeighted);
    const items = percents.map((percent) => {
      const one = percentileOf(value, weight, percent);
      return jsonOf(one.sql, one.type);
    });
    return { sql: jsonArray(`[${items.join(", ")}]::Array(String)`), type: "dynamic" };
  };
