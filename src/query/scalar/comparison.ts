import type { SqlValue } from "../sql-value.ts";
import { convert } from "../conversion/convert.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { isNumber } from "./number-operators.ts";

/**
 * Equality with null (learn.microsoft.com/kusto/query/scalar-data-types/null-values): two nulls give null,
 * a null and a value are not equal. An order with null is null.
 */
export function compare(operator: string, left: SqlValue, right: SqlValue): SqlValue {
  const [a, b] = comparable(left, right);
  const sqlOperator = operator === "==" ? "=" : operator === "<>" ? "!=" : operator;
  const plain = `(${a.sql} ${sqlOperator} ${b.sql})`;
  const nullable = isNullable(a) || isNullable(b);
  if (!nullable || (operator !== "==" && operator !== "!=" && operator !== "<>"))
    return { sql: plain, type: "bool", nullable };
  const unequal = operator === "==" ? "false" : "true";
  if (isNullable(a) !== isNullable(b))
    return { sql: `ifNull(${plain}, ${unequal})`, type: "bool", nullable: false };
  const sql = `if(isNull(${a.sql}) != isNull(${b.sql}), ${unequal}, ${plain})`;
  return { sql, type: "bool", nullable: true };
}

export function isNullable(value: SqlValue): boolean {
  return value.type !== "string" && value.type !== "dynamic" && value.nullable !== false;
}

/** Two values of one kind: a dynamic one and a text are read as what the other is. */
export function comparable(left: SqlValue, right: SqlValue): [SqlValue, SqlValue] {
  if (left.type === "dynamic" && right.type === "dynamic") return [asText(left), asText(right)];
  if (left.type === "dynamic") return [readAs(left, right), right];
  if (right.type === "dynamic") return [left, readAs(right, left)];
  if (left.type === "string" && right.type !== "string") return [readAs(left, right), right];
  if (right.type === "string" && left.type !== "string") return [left, readAs(right, left)];
  if (left.type === "bool" && isNumber(right.type)) return [numberOfBool(left), right];
  if (right.type === "bool" && isNumber(left.type)) return [left, numberOfBool(right)];
  return [left, right];
}

function readAs(value: SqlValue, other: SqlValue): SqlValue {
  return convert(value, other.type === "int" ? "long" : other.type);
}

function asText(value: SqlValue): SqlValue {
  return { sql: toStringSql(value), type: "string" };
}

function numberOfBool(value: SqlValue): SqlValue {
  return { ...value, sql: `toInt64(${value.sql})`, type: "long" };
}
