import { textual } from "./textual.ts";
import { bind } from "../bind.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import { epochTicks, ticksOf } from "./ticks.ts";

const sqlName = { long: "Int64", int: "Int32" } as const;

/** Decimal digits or 0x and hexadecimal ones; anything else, a fraction too, is null. */
const integerOfText = (text: string, type: "long" | "int"): string =>
  bind(
    `trimBoth(${text})`,
    (value) =>
      `if(match(${value}, '^0[xX][0-9a-fA-F]{1,16}$'), accurateCastOrNull(reinterpretAsInt64(reverse(unhex(leftPad(substring(${value}, 3), 16, '0')))), '${sqlName[type]}'), to${sqlName[type]}OrNull(${value}))`,
  );

/** Kusto's tolong() and toint(): what has no such number is null. */
export function toIntegerSql(value: SqlValue, type: "long" | "int"): string {
  const name = sqlName[type];
  if (value.text !== undefined) return toIntegerSql(textual(value), type);
  switch (value.type) {
    case "string":
      return integerOfText(value.sql, type);
    case "dynamic":
      return `JSONExtract(${value.sql}, 'Nullable(${name})')`;
    case "real":
    case "decimal":
      return `accurateCastOrNull(trunc(${value.sql}), '${name}')`;
    case "datetime":
      return `${ticksOf(value.sql)} + ${epochTicks}`;
    case "guid":
      return `CAST(NULL, 'Nullable(${name})')`;
    case "bool":
      return `to${name}(${value.sql})`;
    case "long":
    case "int":
    case "timespan":
      return value.type === "int" && type === "long"
        ? `toInt64(${value.sql})`
        : narrowed(value, type);
  }
}

const narrowed = (value: SqlValue, type: "long" | "int"): string =>
  type === value.type || (type === "long" && value.type === "timespan")
    ? value.sql
    : `accurateCastOrNull(${value.sql}, 'Int32')`;

/** Kusto's toreal(). */
export function toRealSql(value: SqlValue): string {
  if (value.text !== undefined) return toRealSql(textual(value));
  switch (value.type) {
    case "real":
      return value.sql;
    case "string":
      return `toFloat64OrNull(trimBoth(${value.sql}))`;
    case "dynamic":
      return `JSONExtract(${value.sql}, 'Nullable(Float64)')`;
    case "datetime":
      return `toFloat64(${ticksOf(value.sql)} + ${epochTicks})`;
    case "guid":
      return "CAST(NULL, 'Nullable(Float64)')";
    case "long":
    case "int":
    case "decimal":
    case "bool":
    case "timespan":
      return `toFloat64(${value.sql})`;
  }
}

/** Kusto's todecimal(): twelve digits after the point are kept. */
export function toDecimalSql(value: SqlValue): string {
  const source = textual(value);
  if (source.type === "decimal") return source.sql;
  if (source.type === "string") return `toDecimal128OrNull(trimBoth(${source.sql}), 12)`;
  return `accurateCastOrNull(${numeric(source)}, 'Decimal(38, 12)')`;
}

const numeric = (value: SqlValue): string =>
  value.type === "long" || value.type === "int" ? value.sql : toRealSql(value);

const boolOfText = (text: string): string =>
  `transform(lower(trimBoth(${text})), ['true', '1', 'false', '0'], [true, true, false, false]::Array(Nullable(Bool)), NULL::Nullable(Bool))`;

/** Kusto's tobool(): any number but 0 is true. */
export function toBoolSql(value: SqlValue): string {
  if (value.text !== undefined) return toBoolSql(textual(value));
  if (value.type === "bool") return value.sql;
  if (value.type === "string") return boolOfText(value.sql);
  if (value.type === "dynamic")
    return bind(
      value.sql,
      (json) =>
        `if(startsWith(${json}, '"'), ${boolOfText(`JSONExtractString(${json})`)}, JSONExtract(${json}, 'Nullable(Bool)'))`,
    );
  return `CAST(${numeric(value)} != 0, 'Nullable(Bool)')`;
}

/** Whether values of the type are numbers. */
export const isNumber = (type: KustoType): boolean =>
  type === "long" || type === "int" || type === "real" || type === "decimal";
