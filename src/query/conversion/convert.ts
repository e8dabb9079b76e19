import { atomic } from "../bind.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import { toDynamic } from "./to-dynamic.ts";
import { toBoolSql, toDecimalSql, toIntegerSql, toRealSql } from "./to-number.ts";
import { toStringSql } from "./to-string.ts";
import { toDatetimeSql, toTimespanSql } from "./to-time.ts";

const guidOfText = (text: string): string =>
  `toUUIDOrNull(replaceRegexpOne(replaceRegexpAll(${text}, '[-{}()]', ''), '^(.{8})(.{4})(.{4})(.{4})(.{12})$', '\\\\1-\\\\2-\\\\3-\\\\4-\\\\5'))`;

const sqlOf: Readonly<Record<KustoType, (value: SqlValue) => string>> = {
  string: toStringSql,
  long: (value) => toIntegerSql(value, "long"),
  int: (value) => toIntegerSql(value, "int"),
  real: toRealSql,
  decimal: toDecimalSql,
  bool: toBoolSql,
  datetime: toDatetimeSql,
  timespan: toTimespanSql,
  guid: (value) => guidOfText(toStringSql(value)),
  dynamic: (value) => toDynamic(value).sql,
};

/** The value as one of another type, as `tolong()`, `tostring()` and their kind make it. */
export function convert(value: SqlValue, type: KustoType): SqlValue {
  if (value.type === type) return value;
  if (type === "dynamic") return toDynamic(value);
  return atomic({ sql: sqlOf[type](value), type });
}
