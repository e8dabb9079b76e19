// Makes closures of a checked filter: what is asked of each packet is then only calls.
import type { CompareOperator } from "./ast.ts";
import {
  compareBytes,
  compareNetworks4,
  compareNetworks6,
  compareValues,
  indexOfBytes,
} from "./compare.ts";
import { existenceOf, readerOf, searchedBytes } from "./compile-operand.ts";
import type { Reader } from "./read-field.ts";
import type { Subject } from "./subject.ts";
import type { TypedCondition, TypedMember, TypedOperand } from "./typed.ts";
import { kindOf, type Value } from "./value-kind.ts";

/** True when a packet is one that the filter asks for. */
export type Predicate = (subject: Subject) => boolean;

export function compileCondition(condition: TypedCondition): Predicate {
  switch (condition.kind) {
    case "and": {
      const [left, right] = bothSides(condition);
      return (subject) => left(subject) && right(subject);
    }
    case "or": {
      const [left, right] = bothSides(condition);
      return (subject) => left(subject) || right(subject);
    }
    case "xor": {
      const [left, right] = bothSides(condition);
      return (subject) => left(subject) !== right(subject);
    }
    case "not": {
      const operand = compileCondition(condition.operand);
      return (subject) => !operand(subject);
    }
    case "exists":
      return existenceOf(condition.operand);
    case "isNonzero":
      return anyValue(readerOf(condition.operand), isNonzero);
    case "compare":
      return compileComparison(condition);
    case "contains":
      return compileContains(condition);
    case "matches":
      return compileMatches(condition);
    case "in":
      return compileMembership(condition);
  }
}

function bothSides({
  left,
  right,
}: {
  left: TypedCondition;
  right: TypedCondition;
}): [Predicate, Predicate] {
  return [compileCondition(left), compileCondition(right)];
}

const isNonzero = (value: Value): boolean =>
  value instanceof Uint8Array ? value.some((byte) => byte !== 0) : Boolean(value);

/** True when the test holds for one value at least. */
function anyValue(read: Reader, test: (value: Value) => boolean): Predicate {
  const values: Value[] = [];
  return (subject) => {
    values.length = 0;
    read(subject, values);
    for (const value of values) if (test(value)) return true;
    return false;
  };
}

/** True when there are values and the test holds for each. */
function everyValue(read: Reader, test: (value: Value) => boolean): Predicate {
  const values: Value[] = [];
  return (subject) => {
    values.length = 0;
    read(subject, values);
    for (const value of values) if (!test(value)) return false;
    return values.length > 0;
  };
}

/** Asks about pairs of values, one of each side. */
function pairs(
  [left, right]: readonly [Reader, Reader],
  isForAll: boolean,
  test: (left: Value, right: Value) => boolean,
): Predicate {
  const ones: Value[] = [];
  const others: Value[] = [];
  return (subject) => {
    ones.length = 0;
    others.length = 0;
    left(subject, ones);
    if (ones.length === 0) return false;
    right(subject, others);
    for (const one of ones)
      for (const other of others) if (test(one, other) !== isForAll) return !isForAll;
    return isForAll && others.length > 0;
  };
}

const holds: Readonly<Record<CompareOperator, (order: number) => boolean>> = {
  "==": (order) => order === 0,
  "===": (order) => order === 0,
  "!=": (order) => order !== 0,
  "!==": (order) => order !== 0,
  ">": (order) => order > 0,
  "<": (order) => order < 0,
  ">=": (order) => order >= 0,
  "<=": (order) => order <= 0,
};

function compileComparison({
  operator,
  isForAll,
  left,
  right,
}: Extract<TypedCondition, { kind: "compare" }>): Predicate {
  const isEach = isForAll || operator === "===" || operator === "!=";
  const compare = orderOf(left, right);
  const holding = holds[operator];
  const read = readerOf(left);
  if (right.kind === "constant") {
    const { value } = right.constant;
    const test = plainTest(operator, left, right) ?? ((one: Value) => holding(compare(one, value)));
    return isEach ? everyValue(read, test) : anyValue(read, test);
  }
  return pairs([read, readerOf(right)], isEach, (one, other) => holding(compare(one, other)));
}

/** Numbers and text that are compared for equality need no order. */
function plainTest(
  operator: CompareOperator,
  left: TypedOperand,
  right: Extract<TypedOperand, { kind: "constant" }>,
): ((value: Value) => boolean) | null {
  const { value, bits } = right.constant;
  const kind = kindOf(left.type);
  const isPlain = typeof value === "string" || (kind === "integer" && Number(value) >= 0);
  if (!isPlain || bits !== null) return null;
  if (operator === "==" || operator === "===") return (one) => one === value;
  return operator === "!=" || operator === "!==" ? (one) => one !== value : null;
}

/** How values of two operands are compared; networks by their first bits only. */
function orderOf(left: TypedOperand, right: TypedOperand): (one: Value, other: Value) => number {
  const kind = kindOf(left.type);
  const bits = right.kind === "constant" ? right.constant.bits : null;
  if (kind === "ipv4" && bits !== null)
    return (one, other) => compareNetworks4(one as number, other as number, bits);
  if (kind === "ipv6" && bits !== null)
    return (one, other) => compareNetworks6(one as Uint8Array, other as Uint8Array, bits);
  if (kind === "bytes" || kind === "protocol")
    return (one, other) => compareBytes(one as Uint8Array, other as Uint8Array);
  if (kind === "boolean") return (one, other) => Number(Boolean(one)) - Number(Boolean(other));
  return (one, other) => compareValues(kind, one, other);
}

function compileContains({
  isForAll,
  left,
  right,
}: Extract<TypedCondition, { kind: "contains" }>): Predicate {
  const searched = searchedBytes(left);
  if (searched && right.kind === "constant") {
    const wanted = right.constant.value as Uint8Array;
    return searched(isForAll, (bytes, start, end) => indexOfBytes(bytes, wanted, start, end) >= 0);
  }
  const isIn = (one: Value, other: Value): boolean =>
    one instanceof Uint8Array
      ? indexOfBytes(one, other as Uint8Array) >= 0
      : String(one).includes(String(other));
  return pairs([readerOf(left), readerOf(right)], isForAll, isIn);
}

const latin1 = new TextDecoder("latin1");

function compileMatches({
  isForAll,
  left,
  pattern,
}: Extract<TypedCondition, { kind: "matches" }>): Predicate {
  const test = (value: Value): boolean =>
    pattern.test(value instanceof Uint8Array ? latin1.decode(value) : String(value));
  return isForAll ? everyValue(readerOf(left), test) : anyValue(readerOf(left), test);
}

function compileMembership({
  isForAll,
  left,
  members,
}: Extract<TypedCondition, { kind: "in" }>): Predicate {
  const isMember = members.map((member) => memberTest(left, member));
  const read = readerOf(left);
  const values: Value[] = [];
  return (subject) => {
    values.length = 0;
    read(subject, values);
    for (const value of values) {
      const found = isMember.some((test) => test(subject, value));
      if (found !== isForAll) return found;
    }
    return isForAll && values.length > 0;
  };
}

type MemberTest = (subject: Subject, value: Value) => boolean;

function memberTest(left: TypedOperand, { low, high }: TypedMember): MemberTest {
  const atLeast = orderOf(left, low);
  if (!high) return (subject, value) => someOf(subject, low, (one) => atLeast(value, one) === 0);
  const atMost = orderOf(left, high);
  return (subject, value) =>
    someOf(subject, low, (one) => atLeast(value, one) >= 0) &&
    someOf(subject, high, (one) => atMost(value, one) <= 0);
}

const memberReaders = new WeakMap<TypedOperand, Reader>();

function someOf(subject: Subject, operand: TypedOperand, test: (value: Value) => boolean): boolean {
  if (operand.kind === "constant") return test(operand.constant.value);
  const read = memberReaders.get(operand) ?? readerOf(operand);
  memberReaders.set(operand, read);
  const values: Value[] = [];
  read(subject, values);
  return values.some(test);
}
