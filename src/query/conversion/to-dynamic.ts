import { bind } from "../bind.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import { datetimeText, timespanText } from "./to-string.ts";

/** JSON of an SQL expression of the type; the text "null" where it is null, which stands well inside an array. */
export function jsonOf(sql: string, type: KustoType): string {
  if (type === "dynamic") return bind(sql, (json) => `if(${json} = '', 'null', ${json})`);
  if (type === "string") return `toJSONString(${sql})`;
  if (type === "datetime") return `ifNull(concat('"', ${datetimeText(sql)}, '"'), 'null')`;
  if (type === "timespan") return `ifNull(concat('"', ${timespanText(sql)}, '"'), 'null')`;
  if (type === "guid") return `ifNull(concat('"', toString(${sql}), '"'), 'null')`;
  if (type === "real") return `ifNull(${realJson(sql)}, 'null')`;
  if (type === "bool") return `ifNull(toJSONString(${sql}), 'null')`;
  // Not toJSONString(): whether that quotes a number is a setting, which the answer's own numbers need.
  return `ifNull(toString(${sql}), 'null')`;
}

/** A whole number or a real, which keeps no point here. */
export const numberJson = (sql: string): string =>
  `ifNull(if(isFinite(${sql}), toString(${sql}), 'null'), 'null')`;

/** A real keeps a point within JSON too: 5.0, not 5. */
export const realJson = (real: string): string =>
  bind(
    `toJSONString(${real})`,
    (json) => `if(match(${json}, '^-?[0-9]+$'), concat(${json}, '.0'), ${json})`,
  );

/** Text as Kusto's parse_json() reads it: what is no JSON is a string; null and nothing are null. */
export const jsonOfText = (text: string): string =>
  bind(
    text,
    (value) =>
      `multiIf(${value} = '' OR trimBoth(${value}) = 'null', '', isValidJSON(${value}), JSONExtractRaw(${value}), toJSONString(${value}))`,
  );

/** A value of any type as a dynamic one that holds it; a string is kept as a string, not parsed. */
export function toDynamic(value: SqlValue): SqlValue {
  if (value.type === "dynamic") return value;
  const sql = jsonOf(value.sql, value.type);
  const isNullable = value.type !== "string";
  return {
    sql: isNullable ? bind(sql, (json) => `if(${json} = 'null', '', ${json})`) : sql,
    type: "dynamic",
    ...(value.type === "string" ? { text: value.sql } : {}),
  };
}

/** The elements of a dynamic array as an array of JSON texts; empty when it is no array. */
export const elementsOf = (value: SqlValue): string => {
  if (!value.array) return `JSONExtractArrayRaw(${toDynamic(value).sql})`;
  const { sql, of } = value.array;
  if (of === "json") return sql;
  return of === "string"
    ? `arrayMap(e -> toJSONString(e), ${sql})`
    : `arrayMap(e -> ${numberJson("e")}, ${sql})`;
};

/** The JSON text of an array whose elements are JSON texts. */
export const jsonArray = (elements: string): string =>
  `concat('[', arrayStringConcat(${elements}, ','), ']')`;

/** A dynamic array from an array of JSON texts. */
export const dynamicArray = (elements: string): SqlValue => ({
  sql: jsonArray(elements),
  type: "dynamic",
  array: { sql: elements, of: "json" },
});
