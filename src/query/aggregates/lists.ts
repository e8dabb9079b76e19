import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { jsonArray, jsonOf } from "../conversion/to-dynamic.ts";
import { argument, constantOf } from "../functions/scalar-function.ts";
import { stringArray } from "../functions/strings.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";
import { aggregateSql } from "./aggregate.ts";
import type { Aggregate } from "./aggregate.ts";

/** As many elements as Kusto keeps where the query names no number. */
const elementCountMax = 1_048_576;

function sizeOf(arg: SqlValue | undefined, call: FunctionCall): number {
  if (!arg) return elementCountMax;
  const size = Number(constantOf(arg, "the largest size", call));
  return Number.isInteger(size) && size > 0 ? Math.min(size, elementCountMax) : elementCountMax;
}

/**
 * The values in the order that the rows have. Rows of a group come in any order to an aggregate, so each
 * value is kept with its sort keys; keys in both directions at once leave the order open.
 */
function inOrder(value: string, call: FunctionCall, when: string | null, size: number): string {
  const order = call.scope.row?.order ?? [];
  const isDescending = order[0]?.descending ?? false;
  if (order.length === 0 || order.some(({ descending }) => descending !== isDescending))
    return aggregateSql("groupArray", [value], when, String(size));
  const keys = order.map(({ sql }) => `isNotNull(${sql}), ${sql}`).join(", ");
  const pairs = aggregateSql(
    "groupArray",
    [`((${keys}), ${value})`],
    when,
    String(elementCountMax),
  );
  const sort = isDescending ? "arrayReverseSort" : "arraySort";
  return `arraySlice(arrayMap(p -> p.2, ${sort}(p -> p.1, ${pairs})), 1, ${size})`;
}

/** Both conditions of an aggregate at once. */
const both = (a: string | null, b: string): string => (a === null ? b : `(${a}) AND ${b}`);

/** What is null is left out of a list. */
const present = (value: SqlValue, when: string | null): string | null => {
  if (value.type === "string" || value.nullable === false) return when;
  return both(
    when,
    value.type === "dynamic" ? `notEmpty(${value.sql})` : `isNotNull(${value.sql})`,
  );
};

/** A dynamic array from an aggregate over JSON texts. */
const listOf = (texts: string): SqlValue => ({ sql: jsonArray(texts), type: "dynamic" });

export const makeList: Aggregate = (args, call, when) => {
  const value = argument(args, 0, call);
  const size = sizeOf(args[1], call);
  const condition = present(value, when);
  if (value.type === "string") return stringArray(inOrder(value.sql, call, condition, size));
  return listOf(inOrder(jsonOf(value.sql, value.type), call, condition, size));
};

export const makeListWithNulls: Aggregate = (args, call, when) => {
  const value = argument(args, 0, call);
  return listOf(inOrder(jsonOf(value.sql, value.type), call, when, elementCountMax));
};

export const makeSet: Aggregate = (args, call, when) => {
  const value = argument(args, 0, call);
  const size = String(sizeOf(args[1], call));
  const condition = present(value, when);
  if (value.type === "string")
    return stringArray(aggregateSql("groupUniqArray", [value.sql], condition, size));
  return listOf(aggregateSql("groupUniqArray", [jsonOf(value.sql, value.type)], condition, size));
};

/** All members of all bags, of equal keys the first that was met. */
export const makeBag: Aggregate = (args, call, when) => {
  const value = convert(argument(args, 0, call), "dynamic").sql;
  const size = String(sizeOf(args[1], call));
  const pairs = `arrayFlatten(${aggregateSql("groupArray", [`JSONExtractKeysAndValuesRaw(${value})`], when, size)})`;
  const sql = bind(
    pairs,
    (list) =>
      `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', p.2), arrayFilter((p, time) -> time = 1, ${list}, arrayEnumerateUniq(arrayMap(q -> q.1, ${list})))), ','), '}')`,
  );
  return { sql, type: "dynamic" };
};
