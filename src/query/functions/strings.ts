import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { elementsOf } from "../conversion/to-dynamic.ts";
import { dynamicText, toStringSql } from "../conversion/to-string.ts";
import { sqlString } from "../sql-text.ts";
import type { SqlValue } from "../sql-value.ts";
import { argument, constantOf, define } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";

const long = (value: SqlValue): string => convert(value, "long").sql;

/** Concatenates with the delimiter between; ClickHouse wants a constant one where it joins an array. */
const joined = (texts: string, delimiter: string): string =>
  `arrayStringConcat(${texts}, ${delimiter})`;

/** A list of texts as a dynamic array which can still be read as an array of ClickHouse. */
export const stringArray = (sql: string): SqlValue => ({
  sql: `toJSONString(${sql})`,
  type: "dynamic",
  array: { sql, of: "string" },
});

const split: Translate = (args, call) => {
  const text = toStringSql(argument(args, 0, call));
  const delimiter = String(constantOf(args[1], "the delimiter", call));
  const parts = delimiter === "" ? `[${text}]` : `splitByString(${sqlString(delimiter)}, ${text})`;
  const index = args[2];
  if (!index) return stringArray(parts);
  const place = long(index);
  return stringArray(bind(parts, (list) => `arraySlice(${list}, ${place} + 1, 1)`));
};

const substring = (text: string, start: string, length?: string): string =>
  bind(text, (value) =>
    bind(start, (from) => {
      const first = `if(${from} < 0, greatest(lengthUTF8(${value}) + ${from}, 0), ${from}) + 1`;
      const rest = length === undefined ? "" : `, greatest(${length}, 0)`;
      return `ifNull(substringUTF8(${value}, ${first}${rest}), '')`;
    }),
  );

/** The part of the text in which `indexof` looks; what comes before it is counted again at the end. */
const lookedThrough = (text: string, start: string, length: string | undefined): string =>
  length === undefined || length === "toInt64(-1)"
    ? `substringUTF8(${text}, ${start} + 1)`
    : `substringUTF8(${text}, ${start} + 1, if(${length} < 0, lengthUTF8(${text}), ${length}))`;

const firstPlace = (text: string, sought: string): string => `positionUTF8(${text}, ${sought})`;

const placeOf = (text: string, sought: string, occurrence: string): string =>
  bind(text, (value) =>
    bind(
      sought,
      (match) =>
        `ifNull(arrayElementOrNull(arrayFilter(i -> substringUTF8(${value}, i, lengthUTF8(${match})) = ${match}, range(1, lengthUTF8(${value}) + 1)), ${occurrence}), 0)`,
    ),
  );

const indexof = (
  text: string,
  sought: string,
  start?: string,
  length?: string,
  occurrence?: string,
): string => {
  if (start === undefined) return `toInt64(${firstPlace(text, sought)}) - 1`;
  const from = bind(
    start,
    (at) => `if(${at} < 0, greatest(lengthUTF8(${text}) + ${at}, 0), ${at})`,
  );
  const region = lookedThrough(text, from, length);
  const isFirst = occurrence === undefined || occurrence === "toInt64(1)";
  const found = isFirst ? firstPlace(region, sought) : placeOf(region, sought, occurrence);
  return bind(found, (place) => `if(${place} = 0, -1, toInt64(${place}) - 1 + ${from})`);
};

const strcatDelim: Translate = (args, call) => {
  const delimiter = toStringSql(argument(args, 0, call));
  const texts = args.slice(1).map(toStringSql);
  return { sql: `concat('', ${texts.join(`, ${delimiter}, `)})`, type: "string" };
};

/** The texts of a dynamic array's elements. */
export const textsOf = (value: SqlValue): string =>
  value.array?.of === "string"
    ? value.array.sql
    : `arrayMap(e -> if(e = 'null', '', ${dynamicText("e")}), ${elementsOf(value)})`;

const strcatArray: Translate = (args, call) => {
  const delimiter = String(constantOf(args[1], "the delimiter", call));
  return {
    sql: joined(textsOf(convert(argument(args, 0, call), "dynamic")), sqlString(delimiter)),
    type: "string",
  };
};

const strrep: Translate = (args, call) => {
  const delimiter = args[2] ? String(constantOf(args[2], "the delimiter", call)) : "";
  const repeated = `arrayWithConstant(ifNull(least(greatest(${long(argument(args, 1, call))}, 0), 1024), 0), ${toStringSql(argument(args, 0, call))})`;
  return { sql: joined(repeated, sqlString(delimiter)), type: "string" };
};

/** Replaces character by character; a list of replacements that is too short goes on with its last one. */
const translate: Translate = (args, call) => {
  const from = Array.from(String(constantOf(args[0], "the search list", call)));
  const to = Array.from(String(constantOf(args[1], "the replacement list", call)));
  const text = toStringSql(argument(args, 2, call));
  const padded = from.map((_, index) => to[Math.min(index, to.length - 1)] ?? "");
  return {
    sql: `translateUTF8(${text}, ${sqlString(from.join(""))}, ${sqlString(padded.join(""))})`,
    type: "string",
  };
};

const replaceStrings: Translate = (args, call) => {
  const list = (index: number, what: string): string[] => {
    const parsed: unknown = JSON.parse(String(constantOf(args[index], what, call)));
    return Array.isArray(parsed) ? parsed.map(String) : [String(parsed)];
  };
  const lookups = list(1, "the list of what is looked up");
  const rewrites =
    args[2]?.type === "string"
      ? [String(constantOf(args[2], "the rewrite", call))]
      : list(2, "the list of rewrites");
  const sql = lookups.reduce(
    (text, lookup, index) =>
      `replaceAll(${text}, ${sqlString(lookup)}, ${sqlString(rewrites[Math.min(index, rewrites.length - 1)] ?? "")})`,
    toStringSql(argument(args, 0, call)),
  );
  return { sql, type: "string" };
};

const isEmpty: Translate = (args, call) => {
  const value = argument(args, 0, call);
  const hasText = value.type === "string" || value.type === "dynamic";
  const sql = hasText ? `empty(${toStringSql(value)})` : `isNull(${value.sql})`;
  return { sql, type: "bool", nullable: false };
};

const isNull: Translate = (args, call) => {
  const value = argument(args, 0, call);
  if (value.type === "string") return { sql: "false", type: "bool", nullable: false };
  const sql = value.type === "dynamic" ? `empty(${value.sql})` : `isNull(${value.sql})`;
  return { sql, type: "bool", nullable: false };
};

const not =
  (test: Translate): Translate =>
  (args, call) => ({ ...test(args, call), sql: `not(${test(args, call).sql})` });

const strcmp = (left: string, right: string): string =>
  `toInt64(multiIf(${left} < ${right}, -1, ${left} > ${right}, 1, 0))`;

export const stringFunctions: ScalarFunctions = {
  strlen: define("long", ["string"], (text) => `toInt64(lengthUTF8(${text}))`),
  string_size: define("long", ["string"], (text) => `toInt64(length(${text}))`),
  toupper: define("string", ["string"], (text) => `upperUTF8(${text})`),
  tolower: define("string", ["string"], (text) => `lowerUTF8(${text})`),
  reverse: define("string", ["string"], (text) => `reverseUTF8(${text})`),
  strcat: define("string", ["string"], (...texts) => `concat('', ${texts.join(", ")})`),
  strcat_delim: strcatDelim,
  strcat_array: strcatArray,
  array_strcat: strcatArray,
  strrep,
  strcmp: define("long", ["string", "string"], strcmp),
  substring: define("string", ["string", "long", "long"], substring),
  indexof: define("long", ["string", "string", "long", "long", "long"], indexof),
  split,
  replace_string: define(
    "string",
    ["string"],
    (text, lookup, rewrite) => `replaceAll(${text}, ${lookup}, ${rewrite})`,
  ),
  replace_strings: replaceStrings,
  translate,
  isempty: isEmpty,
  isnotempty: not(isEmpty),
  notempty: not(isEmpty),
  isnull: isNull,
  isnotnull: not(isNull),
  notnull: not(isNull),
  isascii: define("bool", ["string"], (text) => `match(${text}, '^[\\\\x00-\\\\x7F]*$')`),
  isutf8: define("bool", ["string"], (text) => `isValidUTF8(${text}) = 1`),
};
