import { sqlString } from "../sql-text.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import { datetimeTextOf } from "./datetime-text.ts";

/** The value of a constant, as SQL and as itself. */
export function stringValue(text: string): SqlValue {
  return { sql: sqlString(text), type: "string", constant: text, nullable: false };
}

export function longValue(value: bigint | number): SqlValue {
  const constant = BigInt(value);
  return { sql: `toInt64(${constant})`, type: "long", constant, nullable: false };
}

export function intValue(value: bigint): SqlValue {
  return { sql: `toInt32(${value})`, type: "int", constant: value, nullable: false };
}

export function realValue(value: number): SqlValue {
  return { sql: realSql(value), type: "real", constant: value, nullable: false };
}

function realSql(value: number): string {
  if (Number.isNaN(value)) return "toFloat64('nan')";
  if (!Number.isFinite(value)) return value > 0 ? "toFloat64('inf')" : "toFloat64('-inf')";
  return `toFloat64('${value}')`;
}

export function boolValue(value: boolean): SqlValue {
  return { sql: value ? "true" : "false", type: "bool", constant: value, nullable: false };
}

/** A point in time, in ticks of 100 ns since 1970. ClickHouse knows the years 1900 to 2299. */
export function datetimeValue(ticks: bigint): SqlValue {
  const held = ticks < firstTicks ? firstTicks : ticks > lastTicks ? lastTicks : ticks;
  const sql = `toDateTime64('${datetimeTextOf(held)}', 7, 'UTC')`;
  return { sql, type: "datetime", constant: held, nullable: false };
}

const firstTicks = BigInt(Date.UTC(1900, 0, 1)) * 10_000n;
const lastTicks = BigInt(Date.UTC(2299, 11, 31, 23, 59, 59)) * 10_000n + 9_999_999n;

export function timespanValue(ticks: bigint): SqlValue {
  return { sql: `toInt64(${ticks})`, type: "timespan", constant: ticks, nullable: false };
}

/** A dynamic value whose JSON is known; `null` as JSON is the null of the type. */
export function dynamicValue(json: string): SqlValue {
  const text = json === "null" ? "" : json;
  return { sql: sqlString(text), type: "dynamic", constant: text };
}

/** The null of a type; of a string the empty string. */
export function nullValue(type: KustoType): SqlValue {
  if (type === "string") return stringValue("");
  if (type === "dynamic") return dynamicValue("null");
  return { sql: `CAST(NULL AS ${nullTypes[type]})`, type, constant: null, nullable: true };
}

const nullTypes: Readonly<Record<Exclude<KustoType, "string" | "dynamic">, string>> = {
  long: "Nullable(Int64)",
  int: "Nullable(Int32)",
  real: "Nullable(Float64)",
  decimal: "Nullable(Decimal(38, 12))",
  bool: "Nullable(Bool)",
  datetime: "Nullable(DateTime64(7, 'UTC'))",
  timespan: "Nullable(Int64)",
  guid: "Nullable(UUID)",
};
