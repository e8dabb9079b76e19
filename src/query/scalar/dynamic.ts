import type { KustoType, SqlValue } from "../sql-value.ts";
import { sqlString } from "../sql-text.ts";
import { stringValue } from "./literal-values.ts";

/** What tostring() gives of a dynamic value: a string without its quotes, all else as JSON. */
export function textOfDynamic(value: SqlValue): string {
  if (value.text !== undefined) return value.text;
  const { constant, sql } = value;
  if (typeof constant === "string") return sqlString(constantText(constant));
  return `if(startsWith(${sql}, '"'), JSONExtractString(${sql}), ${sql})`;
}

function constantText(json: string): string {
  if (!json.startsWith('"')) return json;
  const text: unknown = JSON.parse(json);
  return typeof text === "string" ? text : json;
}

/** The JSON of a value, as SQL; "null" for null, so that it can stand within an array or a bag. */
export function jsonOf(value: SqlValue): string {
  const { sql } = value;
  switch (value.type) {
    case "dynamic":
      return `if(${sql} = '', 'null', ${sql})`;
    case "string":
      return `toJSONString(${sql})`;
    case "datetime":
      return orNull(`concat('"', ${isoTextOf(sql)}, '"')`, value);
    case "timespan":
      return orNull(`concat('"', ${timespanTextOf(sql)}, '"')`, value);
    case "guid":
      return orNull(`concat('"', toString(${sql}), '"')`, value);
    case "real":
      return orNull(realTextOf(sql), value);
    case "bool":
      return `multiIf(isNull(${sql}), 'null', ${sql}, 'true', 'false')`;
    case "long":
    case "int":
    case "decimal":
      return orNull(`toString(${sql})`, value);
  }
}

function orNull(sql: string, value: SqlValue): string {
  return value.nullable === false ? sql : `ifNull(${sql}, 'null')`;
}

/** The same value as a dynamic one. */
export function toDynamic(value: SqlValue): SqlValue {
  if (value.type === "dynamic") return value;
  const json = jsonOf(value);
  const sql =
    value.nullable === false || value.type === "string" ? json : `nullIf(${json}, 'null')`;
  const dynamic = sql === json ? sql : `ifNull(${sql}, '')`;
  return value.type === "string"
    ? { sql: dynamic, type: "dynamic", text: value.sql }
    : { sql: dynamic, type: "dynamic" };
}

/** A datetime as tostring() writes it. */
export function isoTextOf(sql: string): string {
  return `concat(replaceOne(toString(toDateTime64(${sql}, 7, 'UTC')), ' ', 'T'), 'Z')`;
}

/** A timespan as tostring() writes it: sign, days where there are any, the clock, the fraction where there is one. */
export function timespanTextOf(ticks: string): string {
  const size = `abs(${ticks})`;
  const part = (divisor: string, modulus: number): string =>
    `leftPad(toString(intDiv(${size}, ${divisor}) % ${modulus}), 2, '0')`;
  return [
    `concat(if(${ticks} < 0, '-', '')`,
    `if(${size} >= 864000000000, concat(toString(intDiv(${size}, 864000000000)), '.'), '')`,
    part("36000000000", 24),
    "':'",
    part("600000000", 60),
    "':'",
    part("10000000", 60),
    `if(${size} % 10000000 = 0, '', concat('.', leftPad(toString(${size} % 10000000), 7, '0'))))`,
  ].join(", ");
}

/** A real as tostring() writes it: a whole number keeps ".0". */
export function realTextOf(sql: string): string {
  const text = `toString(${sql})`;
  return `if(match(${text}, '^-?[0-9]+$'), concat(${text}, '.0'), ${text})`;
}

/** A dynamic value as one of another type; null where it is nothing of that type. */
export function fromDynamic(
  value: SqlValue,
  type: "long" | "int" | "real" | "bool" | "string",
): SqlValue {
  const text = textOfDynamic(value);
  if (type === "string") return { sql: text, type };
  return { sql: readers[type](text), type, nullable: true };
}

const readers: Readonly<Record<"long" | "int" | "real" | "bool", (text: string) => string>> = {
  long: (text) => wholeNumber(text, "Int64"),
  int: (text) => wholeNumber(text, "Int32"),
  real: (text) => `toFloat64OrNull(${text})`,
  bool: (text) =>
    `multiIf(lower(${text}) IN ('true', '1'), true, lower(${text}) IN ('false', '0'), false, NULL)`,
};

function wholeNumber(text: string, type: string): string {
  const real = `accurateCastOrNull(trunc(toFloat64OrNull(${text})), '${type}')`;
  const bool = `multiIf(${text} = 'true', 1, ${text} = 'false', 0, NULL)`;
  return `coalesce(to${type}OrNull(${text}), ${real}, to${type}(${bool}))`;
}

/** A piece of a dynamic value by a path of names and places, counted from 0, from the end where negative. */
export function elementOf(value: SqlValue, path: readonly SqlValue[]): SqlValue {
  const [first, ...rest] = path;
  if (!first) return value;
  if (value.array && first.type !== "string")
    return elementOf(arrayElement(value.array, first), rest);
  const keys = path.map((key) => (key.type === "string" ? key.sql : placeOf(key))).join(", ");
  const raw = `JSONExtractRaw(${value.sql}, ${keys})`;
  return { sql: `if(${raw} = 'null', '', ${raw})`, type: "dynamic" };
}

function arrayElement(array: NonNullable<SqlValue["array"]>, place: SqlValue): SqlValue {
  const element = `arrayElement(${array.sql}, ${placeOf(place)})`;
  const within = `${placeOf(place)} BETWEEN -length(${array.sql}) AND length(${array.sql})`;
  const json = array.of === "json" ? element : jsonOf({ sql: element, type: array.of });
  const sql = `if(${within}, ${json}, '')`;
  if (array.of !== "string") return { sql, type: "dynamic" };
  return { sql, type: "dynamic", text: element };
}

/** Kusto counts from 0, ClickHouse from 1; both count from the end with negative numbers. */
function placeOf(place: SqlValue): string {
  const { constant, sql } = place;
  if (typeof constant === "bigint") return String(constant >= 0n ? constant + 1n : constant);
  return `if(${sql} >= 0, ${sql} + 1, ${sql})`;
}

/** The items of a dynamic value as an array of JSON texts; of what is no array, the value alone. */
export function itemsOfDynamic(value: SqlValue): string {
  if (value.array?.of === "json") return value.array.sql;
  if (value.array) {
    const item = { sql: "item", type: value.array.of } as const;
    return `arrayMap(item -> ${jsonOf(item)}, ${value.array.sql})`;
  }
  return `JSONExtractArrayRaw(${value.sql})`;
}

/** The kinds of a type that a dynamic value can be read as without another function. */
export function isPlain(type: KustoType): type is "long" | "int" | "real" | "bool" | "string" {
  return ["long", "int", "real", "bool", "string"].includes(type);
}

export const emptyText: SqlValue = stringValue("");
