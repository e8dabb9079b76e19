import type { ArithmeticOperator } from "./ast.ts";
import type { Value, ValueKind } from "./value-kind.ts";

export function negated(value: Value): Value {
  return typeof value === "bigint" ? -value : -Number(value);
}

/** The result for one pair of values; null for a division by zero. */
export function calculate(
  operator: ArithmeticOperator,
  kind: ValueKind,
  left: Value,
  right: Value,
): Value | null {
  if (left instanceof Uint8Array) return commonBits(left, right as Uint8Array);
  if (typeof left === "bigint") return calculateBig(operator, left, right as bigint);
  const one = Number(left);
  const other = Number(right);
  if (kind === "float") return calculateFloat(operator, one, other);
  return calculateInteger(operator, one, other);
}

/** Results are 32 bits wide; only those below zero are taken as signed. */
function calculateInteger(operator: ArithmeticOperator, one: number, other: number): number | null {
  switch (operator) {
    case "&":
      return (one & other) >>> 0;
    case "+":
      return narrow(one + other);
    case "-":
      return one - other < 0 ? (one - other) | 0 : narrow(one - other);
    case "*":
      return narrow(Number(BigInt.asUintN(32, BigInt(one) * BigInt(other))));
    case "/":
      return other === 0 ? null : Math.trunc(one / other);
    case "%":
      return other === 0 ? null : one % other;
  }
}

const narrow = (value: number): number => (value < 0 ? value | 0 : value >>> 0);

function calculateFloat(operator: ArithmeticOperator, one: number, other: number): number | null {
  switch (operator) {
    case "+":
      return one + other;
    case "-":
      return one - other;
    case "*":
      return one * other;
    case "/":
      return other === 0 ? null : one / other;
    case "%":
    case "&":
      return other === 0 ? null : one % other;
  }
}

function calculateBig(operator: ArithmeticOperator, one: bigint, other: bigint): bigint | null {
  switch (operator) {
    case "&":
      return one & other;
    case "+":
      return one + other;
    case "-":
      return one - other;
    case "*":
      return BigInt.asIntN(64, one * other);
    case "/":
      return other === 0n ? null : one / other;
    case "%":
      return other === 0n ? null : one % other;
  }
}

/** As many bytes as the shorter one has. */
function commonBits(left: Uint8Array, right: Uint8Array): Uint8Array {
  const size = Math.min(left.length, right.length);
  return Uint8Array.from({ length: size }, (_, at) => (left[at] ?? 0) & (right[at] ?? 0));
}
