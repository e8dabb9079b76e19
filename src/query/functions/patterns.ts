import { bind } from "../bind.ts";
import { convert } from "../conversion/convert.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { sqlString } from "../sql-text.ts";
import { kustoTypes } from "../sql-value.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import type { FunctionCall } from "../translator.ts";
import { dynamicArray } from "../conversion/to-dynamic.ts";
import { argument, constantOf } from "./scalar-function.ts";
import type { ScalarFunctions, Translate } from "./scalar-function.ts";
import { stringArray } from "./strings.ts";

/** Longest regular expression that is passed on. */
const patternLengthMax = 4096;

/** RE2 on both sides; only that a dot in ClickHouse matches a line feed too, unless told not to. */
const regexOf = (arg: SqlValue | undefined, call: FunctionCall): string => {
  const pattern = String(constantOf(arg, "the regular expression", call));
  if (pattern.length > patternLengthMax)
    return call.fail(`the regular expression is longer than ${patternLengthMax}`);
  return pattern;
};

const quoted = (pattern: string): string => sqlString(`(?-s)${pattern}`);

/** How many groups of a pattern capture. */
export function captureCountOf(pattern: string): number {
  const bare = pattern.replaceAll(/\\./gs, "").replaceAll(/\[\^?\]?[^\]]*\]/g, "");
  return [...bare.matchAll(/\((?!\?)|\(\?P?</g)].length;
}

const isType = (name: unknown): name is KustoType => kustoTypes.some((type) => type === name);

const extract: Translate = (args, call) => {
  const pattern = regexOf(args[0], call);
  const group = Number(constantOf(args[1], "the capture group", call));
  const text = toStringSql(argument(args, 2, call));
  if (group > captureCountOf(pattern))
    return call.fail(`the regular expression has no capture group ${group}`);
  const found: SqlValue = {
    sql: `extractGroups(${text}, ${quoted(`(${pattern})`)})[${group + 1}]`,
    type: "string",
  };
  const type = args[3]?.constant;
  return isType(type) ? convert(found, type) : found;
};

const groupsOf = (arg: SqlValue | undefined, count: number, call: FunctionCall): number[] => {
  if (!arg) return Array.from({ length: count }, (_, index) => index + 1);
  const groups: unknown = JSON.parse(String(constantOf(arg, "the list of capture groups", call)));
  if (!Array.isArray(groups) || groups.some((group) => typeof group !== "number"))
    return call.fail(`capture groups are given by number`);
  return groups as number[];
};

const extractAll: Translate = (args, call) => {
  const pattern = regexOf(args[0], call);
  const count = captureCountOf(pattern);
  if (count === 0) return call.fail("the regular expression has no capture group");
  const groups = groupsOf(args.length === 3 ? args[1] : undefined, count, call);
  const text = toStringSql(argument(args, args.length - 1, call));
  const rows = `extractAllGroupsVertical(${text}, ${quoted(pattern)})`;
  const value =
    groups.length === 1
      ? stringArray(`arrayMap(g -> g[${groups[0]}], ${rows})`)
      : dynamicArray(
          `arrayMap(g -> toJSONString([${groups.map((group) => `g[${group}]`).join(", ")}]), ${rows})`,
        );
  return { ...value, sql: bind(value.sql, (json) => `if(${json} = '[]', '', ${json})`) };
};

const replaceRegex = (
  text: SqlValue,
  regex: SqlValue | undefined,
  rewrite: SqlValue,
  call: FunctionCall,
): SqlValue => ({
  sql: `replaceRegexpAll(${toStringSql(text)}, ${quoted(regexOf(regex, call))}, ${toStringSql(rewrite)})`,
  type: "string",
});

/** Leftmost match: the shortest text before it, whose length is its place. */
const indexofRegex: Translate = (args, call) => {
  const pattern = regexOf(args[1], call);
  const whole = toStringSql(argument(args, 0, call));
  const start = args[2] ? Number(constantOf(args[2], "the start", call)) : 0;
  const length = args[3] ? Number(constantOf(args[3], "the length", call)) : -1;
  const occurrence = args[4] ? Number(constantOf(args[4], "the occurrence", call)) : 1;
  if (start < 0 || occurrence < 1 || occurrence > 100)
    return call.fail("start and occurrence must be in range");
  const text =
    start === 0 && length < 0
      ? whole
      : `substringUTF8(${whole}, ${start + 1}${length < 0 ? "" : `, ${length}`})`;
  const earlier = occurrence > 1 ? `(?:(?:${pattern})(?s:.*?)){${occurrence - 1}}` : "";
  const before = `(?-s)^((?s:.*?)${earlier})(?:${pattern})`;
  const sql = bind(
    text,
    (value) =>
      `if(match(${value}, ${sqlString(before)}), toInt64(lengthUTF8(extract(${value}, ${sqlString(before)}))) + ${start}, -1)`,
  );
  return { sql, type: "long" };
};

const trim =
  (ends: "start" | "end" | "both"): Translate =>
  (args, call) => {
    const pattern = regexOf(args[0], call);
    const text = toStringSql(argument(args, 1, call));
    const start =
      ends === "end" ? text : `replaceRegexpOne(${text}, ${quoted(`^(?:${pattern})`)}, '')`;
    const sql =
      ends === "start" ? start : `replaceRegexpOne(${start}, ${quoted(`(?:${pattern})$`)}, '')`;
    return { sql, type: "string" };
  };

/** Plain text is counted with overlaps, matches of a regular expression without. */
const countof: Translate = (args, call) => {
  const text = toStringSql(argument(args, 0, call));
  const kind = args[2] ? String(constantOf(args[2], "the kind", call)) : "normal";
  if (kind === "regex")
    return {
      sql: `toInt64(countMatches(${text}, ${quoted(regexOf(args[1], call))}))`,
      type: "long",
    };
  const sought = toStringSql(argument(args, 1, call));
  const sql = bind(text, (value) =>
    bind(
      sought,
      (match) =>
        `toInt64(arrayCount(i -> substring(${value}, i, length(${match})) = ${match}, range(1, length(${value}) + 1)))`,
    ),
  );
  return { sql, type: "long" };
};

export const patternFunctions: ScalarFunctions = {
  extract,
  extract_all: extractAll,
  extractall: extractAll,
  replace_regex: (args, call) =>
    replaceRegex(argument(args, 0, call), args[1], argument(args, 2, call), call),
  replace: (args, call) =>
    replaceRegex(argument(args, 2, call), args[0], argument(args, 1, call), call),
  indexof_regex: indexofRegex,
  trim: trim("both"),
  trim_start: trim("start"),
  trim_end: trim("end"),
  countof,
  regex_quote: (args, call) => ({
    sql: `regexpQuoteMeta(${toStringSql(argument(args, 0, call))})`,
    type: "string",
  }),
};
