import type { KustoType, SqlValue } from "../sql-value.ts";
import { convert } from "../conversion/convert.ts";
import { datetimeValue, longValue, timespanValue } from "./literal-values.ts";
import { momentOf, ticksOf } from "../conversion/ticks.ts";

/** A + B and the like; null where the operator does not take values of these types. */
export function arithmetic(operator: string, left: SqlValue, right: SqlValue): SqlValue | null {
  const [a, b] = withoutDynamic(left, right);
  const folded = foldConstants(operator, a, b);
  if (folded) return folded;
  const nullable = a.nullable !== false || b.nullable !== false;
  const made = timeArithmetic(operator, a, b) ?? numberArithmetic(operator, a, b);
  return made && { ...made, nullable: nullable || operator === "/" || operator === "%" };
}

/** A dynamic operand is read as a number of the other's kind. */
function withoutDynamic(left: SqlValue, right: SqlValue): [SqlValue, SqlValue] {
  const read = (value: SqlValue, other: SqlValue): SqlValue => {
    if (value.type !== "dynamic") return value;
    return convert(value, other.type === "long" || other.type === "int" ? "long" : "real");
  };
  return [read(left, right), read(right, left)];
}

/** Spans and points in time that are known stay known, so that ClickHouse can use its primary key. */
function foldConstants(operator: string, left: SqlValue, right: SqlValue): SqlValue | null {
  const { constant: a } = left;
  const { constant: b } = right;
  if (typeof a !== "bigint" || typeof b !== "bigint") return null;
  const sum = operator === "+" ? a + b : operator === "-" ? a - b : null;
  const types = `${left.type} ${right.type}`;
  if (
    sum !== null &&
    (types === "datetime timespan" || (types === "timespan datetime" && operator === "+"))
  )
    return datetimeValue(sum);
  if (
    sum !== null &&
    (types === "timespan timespan" || (types === "datetime datetime" && operator === "-"))
  )
    return timespanValue(sum);
  if (operator === "*" && /^(timespan (long|int)|(long|int) timespan)$/.test(types))
    return timespanValue(a * b);
  return types === "long long" ? foldLongs(operator, a, b) : null;
}

function foldLongs(operator: string, a: bigint, b: bigint): SqlValue | null {
  const results: Record<string, bigint | null> = {
    "+": a + b,
    "-": a - b,
    "*": a * b,
    "/": b === 0n ? null : a / b,
  };
  const result = results[operator] ?? null;
  return result !== null && BigInt.asIntN(64, result) === result ? longValue(result) : null;
}

function timeArithmetic(operator: string, a: SqlValue, b: SqlValue): SqlValue | null {
  switch (`${a.type} ${operator} ${b.type}`) {
    case "datetime + timespan":
    case "datetime - timespan":
      return { sql: momentOf(`${ticksOf(a.sql)} ${operator} ${b.sql}`), type: "datetime" };
    case "timespan + datetime":
      return { sql: momentOf(`${a.sql} + ${ticksOf(b.sql)}`), type: "datetime" };
    case "datetime - datetime":
      return { sql: `(${ticksOf(a.sql)} - ${ticksOf(b.sql)})`, type: "timespan" };
    case "timespan + timespan":
    case "timespan - timespan":
      return { sql: `(${a.sql} ${operator} ${b.sql})`, type: "timespan" };
    case "timespan / timespan":
      return { sql: `(${a.sql} / ${b.sql})`, type: "real" };
    case "timespan % timespan":
      return { sql: modulo(a.sql, b.sql), type: "timespan" };
    default:
      return timeTimesNumber(operator, a, b);
  }
}

function timeTimesNumber(operator: string, a: SqlValue, b: SqlValue): SqlValue | null {
  const scales = operator === "*" || operator === "/";
  if (scales && a.type === "timespan" && isNumber(b.type))
    return { sql: `toInt64(trunc(${a.sql} ${operator} ${b.sql}))`, type: "timespan" };
  if (operator === "*" && b.type === "timespan" && isNumber(a.type))
    return { sql: `toInt64(trunc(${a.sql} * ${b.sql}))`, type: "timespan" };
  return null;
}

/**
 * The wider of both types, of two ints a long; the quotient of whole numbers is whole, and the remainder is
 * never negative (learn.microsoft.com/kusto/query/numerical-operators).
 */
function numberArithmetic(operator: string, a: SqlValue, b: SqlValue): SqlValue | null {
  const wider = widest(a.type, b.type);
  const type = wider === "int" ? "long" : wider;
  if (!type) return null;
  const cast = (sql: string): string => (type === "long" ? `toInt64(${sql})` : sql);
  if (operator === "%") return { sql: cast(modulo(a.sql, b.sql, type)), type };
  if (operator === "/" && type === "long")
    return { sql: cast(`intDivOrNull(${a.sql}, ${b.sql})`), type };
  if (type !== "real") return { sql: cast(`(${a.sql} ${operator} ${b.sql})`), type };
  return { sql: `(toFloat64(${a.sql}) ${operator} toFloat64(${b.sql}))`, type };
}

function modulo(a: string, b: string, type: KustoType = "long"): string {
  const size = type === "long" ? `toInt64(abs(${b}))` : `abs(${b})`;
  return `positiveModulo(${a}, nullIf(${size}, 0))`;
}

const widths: readonly KustoType[] = ["int", "long", "decimal", "real"];

export function isNumber(type: KustoType): boolean {
  return widths.includes(type);
}

/** The type that holds the values of both; null where one is no number. */
export function widest(a: KustoType, b: KustoType): KustoType | null {
  if (!isNumber(a) || !isNumber(b)) return null;
  return widths[Math.max(widths.indexOf(a), widths.indexOf(b))] ?? null;
}
