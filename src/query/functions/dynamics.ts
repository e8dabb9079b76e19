import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { dynamicArray, elementsOf, jsonOf, numberJson } from "../conversion/to-dynamic.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { sqlString } from "../sql-text.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";
import { argument, constantOf } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";
import { stringArray } from "./strings.ts";

/** A dynamic bag from an array of (key, JSON) pairs. */
const bagOf = (pairs: string): SqlValue => ({
  sql: `concat('{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', p.2), ${pairs}), ','), '}')`,
  type: "dynamic",
});

const pairsOf = (value: SqlValue): string =>
  `JSONExtractKeysAndValuesRaw(${convert(value, "dynamic").sql})`;

/** Of equal keys the first stands: ClickHouse keeps the order of the bags. */
const firstOfEach = (pairs: string): string =>
  bind(
    pairs,
    (list) =>
      `arrayFilter((p, time) -> time = 1, ${list}, arrayEnumerateUniq(arrayMap(q -> q.1, ${list})))`,
  );

const bagPack: Translate = (args, call) => {
  const items: string[] = [];
  for (let index = 0; index + 1 < args.length; index += 2) {
    const key = toStringSql(argument(args, index, call));
    const value = argument(args, index + 1, call);
    items.push(`toJSONString(${key}), ':', ${jsonOf(value.sql, value.type)}`);
  }
  return {
    sql: items.length > 0 ? `concat('{', ${items.join(", ',', ")}, '}')` : "'{}'",
    type: "dynamic",
  };
};

const packArray: Translate = (args) => {
  if (args.length > 0 && args.every(({ type }) => type === "string"))
    return stringArray(`[${args.map(({ sql }) => sql).join(", ")}]`);
  return dynamicArray(
    `[${args.map(({ sql, type }) => jsonOf(sql, type)).join(", ")}]::Array(String)`,
  );
};

/** All columns of the row by name; with `true` those without a value are left out. */
const packAll: Translate = (args, call) => {
  const columns = call.scope.row?.columns ?? call.fail("there is no row here");
  const ignores = args[0] ? constantOf(args[0], "whether empty values are left out", call) : false;
  const pairs = columns.map(({ name, id, type }) => `(${sqlString(name)}, ${jsonOf(id, type)})`);
  const list = `[${pairs.join(", ")}]`;
  return bagOf(ignores === true ? `arrayFilter(p -> p.2 NOT IN ('null', '""'), ${list})` : list);
};

const bagMerge: Translate = (args) =>
  bagOf(firstOfEach(`arrayConcat(${args.map(pairsOf).join(", ")})`));

const listedTexts = (value: SqlValue): string =>
  `JSONExtract(${convert(value, "dynamic").sql}, 'Array(String)')`;

const bagRemoveKeys: Translate = (args, call) =>
  bagOf(
    `arrayFilter(p -> NOT has(${listedTexts(argument(args, 1, call))}, p.1), ${pairsOf(argument(args, 0, call))})`,
  );

const bagSetKey: Translate = (args, call) => {
  const key = toStringSql(argument(args, 1, call));
  const value = argument(args, 2, call);
  const pair = `[(${key}, ${jsonOf(value.sql, value.type)})]`;
  const others = `arrayFilter(p -> p.1 != ${key}, ${pairsOf(argument(args, 0, call))})`;
  return bagOf(`arrayConcat(${others}, ${pair})`);
};

const bagZip: Translate = (args, call) =>
  bagOf(
    `arrayMap((k, v) -> (JSONExtractString(k), v), ${elementsOf(argument(args, 0, call))}, arrayResize(${elementsOf(argument(args, 1, call))}, length(${elementsOf(argument(args, 0, call))}), 'null'))`,
  );

const arrayLength: Translate = (args, call) => {
  const value = convert(argument(args, 0, call), "dynamic");
  if (value.array) return { sql: `toInt64(length(${value.array.sql}))`, type: "long" };
  return {
    sql: bind(
      value.sql,
      (json) => `if(startsWith(${json}, '['), toInt64(JSONLength(${json})), NULL)`,
    ),
    type: "long",
  };
};

const bagKeys: Translate = (args, call) => {
  const { sql } = convert(argument(args, 0, call), "dynamic");
  const keys = stringArray(`JSONExtractKeys(${sql})`);
  return {
    sql: bind(sql, (json) => `if(startsWith(${json}, '{'), ${keys.sql}, '')`),
    type: "dynamic",
  };
};

/** A row for each place: the elements of all arrays there. */
const zip: Translate = (args, call) => {
  const lists = args.map((arg) => elementsOf(convert(arg, "dynamic")));
  if (lists.length < 2) return call.fail("two arrays or more are needed");
  const length = `greatest(${lists.map((list) => `length(${list})`).join(", ")})`;
  const fitting = lists.map((list) => `arrayResize(${list}, ${length}, 'null')`);
  const names = lists.map((_, index) => `x${index}`);
  return dynamicArray(
    `arrayMap((${names.join(", ")}) -> concat('[', ${names.join(", ',', ")}, ']'), ${fitting.join(", ")})`,
  );
};

/** At most so many elements; more end the query, as Kusto ends them. */
const elementCountMax = 1_048_576;

const range: Translate = (args, call) => {
  const [start, stop] = [argument(args, 0, call), argument(args, 1, call)];
  const step =
    args[2] ??
    (start.type === "datetime"
      ? { sql: "36000000000", type: "timespan" as const }
      : { sql: "1", type: "long" as const });
  if (start.type === "datetime" || start.type === "timespan")
    return call.unsupported("range() of moments or time spans as a scalar");
  const isReal = [start, stop, step].some(({ type }) => type === "real");
  const type = isReal ? "real" : "long";
  const [from, to, by] = [start, stop, step].map((value) => convert(value, type).sql);
  const count = `least(ifNull(accurateCastOrNull(floor((${to} - ${from}) / ${by}), 'Int64'), -1) + 1, ${elementCountMax})`;
  return dynamicArray(
    `arrayMap(i -> ${numberJson(`(${from} + i * ${by})`)}, range(toUInt64(greatest(ifNull(${count}, 0), 0))))`,
  );
};

const repeat: Translate = (args, call) => {
  const value = argument(args, 0, call);
  const count = `toUInt64(least(greatest(ifNull(${convert(argument(args, 1, call), "long").sql}, 0), 0), ${elementCountMax}))`;
  return dynamicArray(`arrayWithConstant(${count}, ${jsonOf(value.sql, value.type)})`);
};

const hasKey = (call: FunctionCall, args: readonly SqlValue[]): SqlValue => ({
  sql: `JSONHas(${convert(argument(args, 0, call), "dynamic").sql}, ${toStringSql(argument(args, 1, call))}) = 1`,
  type: "bool",
});

export const dynamicFunctions: ScalarFunctions = {
  pack_array: packArray,
  pack: bagPack,
  bag_pack: bagPack,
  pack_dictionary: bagPack,
  pack_all: packAll,
  bag_merge: bagMerge,
  bag_keys: bagKeys,
  bag_has_key: (args, call) => hasKey(call, args),
  bag_remove_keys: bagRemoveKeys,
  bag_set_key: bagSetKey,
  bag_zip: bagZip,
  array_length: arrayLength,
  arraylength: arrayLength,
  zip,
  range,
  repeat,
  bag_pack_columns: (args, call) => {
    const names = call.arguments.map((node) => node.name ?? call.fail("columns are needed"));
    return bagOf(
      `[${args.map((value, index) => `(${sqlString(names[index] ?? "")}, ${jsonOf(value.sql, value.type)})`).join(", ")}]`,
    );
  },
};
