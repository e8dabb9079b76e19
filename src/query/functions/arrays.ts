import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { dynamicArray, elementsOf, jsonArray, jsonOf } from "../conversion/to-dynamic.ts";
import { dynamicText } from "../conversion/to-string.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";
import { argument, constantOf, define } from "./scalar-function.ts";
import type { SeveralResults } from "./several-results.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

const arrayAt = (
  args: readonly SqlValue[],
  index: number,
  call: Parameters<Translate>[1],
): string => elementsOf(convert(argument(args, index, call), "dynamic"));

const longAt = (args: readonly SqlValue[], index: number, call: Parameters<Translate>[1]): string =>
  convert(argument(args, index, call), "long").sql;

/** A function from one array and a number to an array. */
const withNumber =
  (body: (list: string, number: string) => string): Translate =>
  (args, call) =>
    dynamicArray(bind(arrayAt(args, 0, call), (list) => body(list, longAt(args, 1, call))));

const rotatedLeft = (list: string, count: string): string =>
  bind(
    `positiveModulo(${count}, greatest(toInt64(length(${list})), 1))`,
    (shift) => `arrayConcat(arraySlice(${list}, ${shift} + 1), arraySlice(${list}, 1, ${shift}))`,
  );

/** Elements move out at one end; what comes in at the other is null or what the query says. */
const shifted =
  (sign: 1 | -1): Translate =>
  (args, call) => {
    const filler = args[2] ? jsonOf(args[2].sql, args[2].type) : "'null'";
    const sql = bind(arrayAt(args, 0, call), (list) =>
      bind(`toInt64(ifNull(${sign} * ${longAt(args, 1, call)}, 0))`, (count) => {
        const size = `length(${list})`;
        const added = `arrayWithConstant(toUInt64(least(greatest(-${count}, 0), ${size})), ${filler})`;
        const rest = `arraySlice(${list}, greatest(${count}, 0) + 1)`;
        return `arrayResize(arrayConcat(${added}, ${rest}), ${size}, ${filler})`;
      }),
    );
    return dynamicArray(sql);
  };

/** Both ends are counted from 0, belong to the slice, and count from the end where negative. */
const slice: Translate = (args, call) =>
  dynamicArray(
    bind(arrayAt(args, 0, call), (list) => {
      const place = (sql: string): string =>
        bind(sql, (at) => `if(${at} < 0, greatest(length(${list}) + ${at}, 0), ${at})`);
      const start = place(longAt(args, 1, call));
      const end = place(longAt(args, 2, call));
      return `arraySlice(${list}, ${start} + 1, greatest(${end} - ${start} + 1, 0))`;
    }),
  );

const indexOf: Translate = (args, call) => {
  const value = argument(args, 1, call);
  const start = args[2] ? longAt(args, 2, call) : "0";
  const length = args[3] ? longAt(args, 3, call) : "-1";
  const occurrence = args[4] ? longAt(args, 4, call) : "1";
  const sought = jsonOf(value.sql, value.type);
  const sql = bind(arrayAt(args, 0, call), (list) => {
    const from = bind(start, (at) => `if(${at} < 0, greatest(length(${list}) + ${at}, 0), ${at})`);
    const places = `arrayFilter((i, e) -> e = ${sought} AND i > ${from} AND (${length} < 0 OR i <= ${from} + ${length}), arrayEnumerate(${list}), ${list})`;
    return `ifNull(toInt64(arrayElementOrNull(${places}, ${occurrence})) - 1, -1)`;
  });
  return { sql, type: "long" };
};

type SortName = "arraySort" | "arrayReverseSort";

/** What is sorted, and the key of an element `e` of the first: numbers before texts, nulls at the end unless said otherwise. */
function sortOf(
  name: SortName,
  args: readonly SqlValue[],
  call: FunctionCall,
): { arrays: string[]; key: string } {
  const last = args.at(-1);
  const nullsLast =
    last?.type === "bool" ? constantOf(last, "where nulls go", call) === true : true;
  const arrays = args.filter(({ type }) => type !== "bool").map((_, at) => arrayAt(args, at, call));
  const nullRank = nullsLast === (name === "arrayReverseSort") ? 0 : 2;
  const key = `(if(e = 'null', ${nullRank}, 1), ifNull(toFloat64OrNull(e), if(startsWith(e, '"'), inf, -inf)), ${dynamicText("e")})`;
  return { arrays, key };
}

const sorted =
  (name: SortName): Translate =>
  (args, call) => {
    const { arrays, key } = sortOf(name, args, call);
    return dynamicArray(`${name}(e -> ${key}, ${arrays[0]})`);
  };

/** All arrays in the order of the first; null in the place of one that has another length. */
const sortedTogether =
  (name: SortName): SeveralResults =>
  (args, call) => {
    const { arrays, key } = sortOf(name, args, call);
    const [first = "[]"] = arrays;
    return arrays.map((array, index) => {
      const fitting = index === 0 ? array : `arrayResize(${array}, length(${first}), 'null')`;
      const ordered = jsonArray(`${name}((x, e) -> ${key}, ${fitting}, ${first})`);
      const sql = index === 0 ? ordered : `if(length(${array}) = length(${first}), ${ordered}, '')`;
      const label = call.arguments[index]?.name ?? `array${index + 1}`;
      return { name: `${label}_sorted`, value: { sql, type: "dynamic" } };
    });
  };

/** The forms with several arrays, which have as many results. */
export const sortsOfSeveral = {
  array_sort_asc: sortedTogether("arraySort"),
  array_sort_desc: sortedTogether("arrayReverseSort"),
} as const;

const split: Translate = (args, call) => {
  const list = arrayAt(args, 0, call);
  const places = argument(args, 1, call);
  const at =
    places.type === "dynamic"
      ? `JSONExtract(${places.sql}, 'Array(Int64)')`
      : `[${convert(places, "long").sql}]`;
  const sql = bind(list, (all) => {
    const cuts = `arrayMap(i -> if(i < 0, greatest(toInt64(length(${all})) + i, 0), least(i, toInt64(length(${all})))), ${at})`;
    return bind(
      cuts,
      (ends) =>
        `arrayMap((a, b) -> concat('[', arrayStringConcat(arraySlice(${all}, a + 1, greatest(b - a, 0)), ','), ']'), arrayPushFront(${ends}, toInt64(0)), arrayPushBack(${ends}, toInt64(length(${all}))))`,
    );
  });
  return dynamicArray(sql);
};

const iff: Translate = (args, call) => {
  const sql = bind(arrayAt(args, 0, call), (tests) => {
    const size = `length(${tests})`;
    const side = (index: number): string => {
      const value = argument(args, index, call);
      if (value.type !== "dynamic")
        return `arrayWithConstant(${size}, ${jsonOf(value.sql, value.type)})`;
      return bind(
        value.sql,
        (json) =>
          `if(startsWith(${json}, '['), arrayResize(JSONExtractArrayRaw(${json}), ${size}, 'null'), arrayWithConstant(${size}, ${json}))`,
      );
    };
    return `arrayMap((t, a, b) -> multiIf(t = 'null', 'null', t NOT IN ('false', '0'), a, b), ${tests}, ${side(1)}, ${side(2)})`;
  });
  return dynamicArray(sql);
};

const distinctOf = (list: string): string => `arrayDistinct(${list})`;

const setOf =
  (body: (lists: readonly string[]) => string): Translate =>
  (args, call) =>
    dynamicArray(body(args.map((_, index) => arrayAt(args, index, call))));

const has = (list: string, value: SqlValue): string =>
  `has(${list}, ${jsonOf(value.sql, value.type)})`;

const sum: Translate = (args, call) => {
  const { sql } = convert(argument(args, 0, call), "dynamic");
  return {
    sql: bind(
      sql,
      (json) =>
        `if(startsWith(${json}, '['), arraySum(arrayMap(e -> ifNull(e, 0), JSONExtract(${json}, 'Array(Nullable(Float64))'))), NULL)`,
    ),
    type: "real",
  };
};

export const arrayFunctions: ScalarFunctions = {
  array_concat: setOf((lists) => `arrayConcat(${lists.join(", ")})`),
  array_index_of: indexOf,
  array_slice: slice,
  array_split: split,
  array_sort_asc: sorted("arraySort"),
  array_sort_desc: sorted("arrayReverseSort"),
  array_sum: sum,
  array_iff: iff,
  array_iif: iff,
  array_reverse: setOf(([list]) => `arrayReverse(${list})`),
  array_rotate_left: withNumber(rotatedLeft),
  array_rotate_right: withNumber((list, count) => rotatedLeft(list, `negate(${count})`)),
  array_shift_left: shifted(1),
  array_shift_right: shifted(-1),
  set_union: setOf((lists) => distinctOf(`arrayConcat(${lists.join(", ")})`)),
  set_intersect: setOf(([first = "[]", ...rest]) =>
    distinctOf(
      `arrayFilter(e -> ${rest.map((list) => `has(${list}, e)`).join(" AND ")}, ${first})`,
    ),
  ),
  set_difference: setOf(([first = "[]", ...rest]) =>
    distinctOf(
      `arrayFilter(e -> ${rest.map((list) => `NOT has(${list}, e)`).join(" AND ")}, ${first})`,
    ),
  ),
  set_has_element: (args, call) => ({
    sql: `${has(arrayAt(args, 0, call), argument(args, 1, call))} = 1`,
    type: "bool",
  }),
  set_equals: (args, call) => ({
    sql: `arraySort(arrayDistinct(${arrayAt(args, 0, call)})) = arraySort(arrayDistinct(${arrayAt(args, 1, call)}))`,
    type: "bool",
  }),
  jaccard_index: (args, call) => {
    const [a, b] = [arrayAt(args, 0, call), arrayAt(args, 1, call)];
    return {
      sql: `length(arrayIntersect(${a}, ${b})) / length(arrayDistinct(arrayConcat(${a}, ${b})))`,
      type: "real",
    };
  },
  unicode_codepoints_to_string: define(
    "string",
    ["long"],
    (...codes) =>
      `decodeXMLComponent(concat(${codes.map((code) => `'&#', toString(${code}), ';'`).join(", ")}))`,
  ),
};
