import { convert } from "../conversion/convert.ts";
import { dynamicArray, jsonOf } from "../conversion/to-dynamic.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";
import { argument } from "./scalar-function.ts";

/** The numbers of a series; what is no number is null. */
export const numbersOf = (value: SqlValue): string =>
  value.type === "dynamic"
    ? `JSONExtract(${value.sql}, 'Array(Nullable(Float64))')`
    : `[${convert(value, "real").sql}]`;

export const seriesAt = (args: readonly SqlValue[], index: number, call: FunctionCall): string =>
  numbersOf(argument(args, index, call));

/** A series of reals as a dynamic array. */
export const realSeries = (numbers: string): SqlValue =>
  dynamicArray(`arrayMap(e -> ${jsonOf("e", "real")}, ${numbers})`);
