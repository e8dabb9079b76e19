// The type checker: resolves the names of a filter and refuses what cannot be asked.
import type { Condition, Operand, Span, TextComparison } from "./ast.ts";
import type { Catalog } from "./catalog.ts";
import { FilterError } from "./filter-error.ts";
import { OperandChecker } from "./check-operand.ts";
import { toRegExp } from "./pattern.ts";
import type { TypedCondition, TypedOperand } from "./typed.ts";
import { areComparable, isSearchable, kindName, kindOf } from "./value-kind.ts";

/** Resolves a parsed filter; raises FilterError where it cannot be asked. */
export function checkFilter(condition: Condition, catalog: Catalog): TypedCondition {
  return new Checker(catalog).condition(condition);
}

class Checker {
  readonly #operands: OperandChecker;

  constructor(catalog: Catalog) {
    this.#operands = new OperandChecker(catalog);
  }

  condition(condition: Condition): TypedCondition {
    switch (condition.kind) {
      case "and":
      case "or":
      case "xor": {
        const { kind, left, right } = condition;
        return { kind, left: this.condition(left), right: this.condition(right) };
      }
      case "not":
        return { kind: "not", operand: this.condition(condition.operand) };
      case "test":
        return this.#test(condition.operand);
      case "compare":
        return this.#comparison(condition);
      case "contains":
      case "matches":
        return this.#search(condition);
      case "in":
        return this.#membership(condition);
    }
  }

  #test(written: Operand): TypedCondition {
    const operand = this.#operands.subject(written);
    if (operand.kind === "call")
      throw new FilterError("a function's value is to be compared with something", written);
    const isValue = operand.kind === "arithmetic" || operand.kind === "negate";
    return { kind: isValue ? "isNonzero" : "exists", operand };
  }

  #comparison(condition: Extract<Condition, { kind: "compare" }>): TypedCondition {
    const { quantifier } = condition;
    const left = this.#operands.subject(condition.left);
    const right = this.#operands.operand(
      condition.right,
      this.#operands.targetOf(left, condition.left),
    );
    requireComparable(left, right, condition);
    return {
      kind: "compare",
      operator: quantified(condition.operator, quantifier),
      isForAll: quantifier === "all",
      left,
      right,
    };
  }

  #search(condition: TextComparison): TypedCondition {
    const { kind, quantifier } = condition;
    const left = this.#operands.subject(condition.left);
    if (!isSearchable(kindOf(left.type))) {
      throw new FilterError(
        `"${kind}" looks into text and bytes; this is ${kindName(kindOf(left.type))}`,
        condition.left,
      );
    }
    const isForAll = quantifier === "all";
    if (kind === "matches") {
      if (condition.right.kind !== "string")
        throw new FilterError(
          '"matches" takes a regular expression in double quotes',
          condition.right,
        );
      const pattern = toRegExp(condition.right.value, condition.right);
      return { kind, isForAll, left, pattern };
    }
    const target = this.#operands.targetOf(left, condition.left);
    // What is looked for in a MAC address may be shorter than one.
    const right = this.#operands.operand(condition.right, {
      ...target,
      type: target.type === "ether" && condition.right.kind === "word" ? "bytes" : target.type,
    });
    requireComparable(left, right, condition);
    return { kind, isForAll, left, right };
  }

  #membership(condition: Extract<Condition, { kind: "in" }>): TypedCondition {
    const left = this.#operands.subject(condition.left);
    const target = this.#operands.targetOf(left, condition.left);
    const value = (written: Operand): TypedOperand => {
      const typed = this.#operands.operand(written, target);
      requireComparable(left, typed, { left: condition.left, right: written });
      return typed;
    };
    const members = condition.members.map(({ low, high }) => ({
      low: value(low),
      high: high && value(high),
    }));
    return { kind: "in", isForAll: condition.quantifier === "all", left, members };
  }
}

function requireComparable(
  left: TypedOperand,
  right: TypedOperand,
  { left: one, right: other }: { left: Span; right: Span },
): void {
  const leftKind = kindOf(left.type);
  const rightKind = kindOf(right.type);
  if (leftKind === "none")
    throw new FilterError("this field has no value; it is only there or not", one);
  if (areComparable(leftKind, rightKind)) return;
  throw new FilterError(
    `${kindName(leftKind)} cannot be compared with ${kindName(rightKind)}`,
    other,
  );
}

/** `all a == b` asks of every value, `any a != b` of one. */
function quantified(
  operator: Extract<Condition, { kind: "compare" }>["operator"],
  quantifier: "any" | "all" | null,
): Extract<Condition, { kind: "compare" }>["operator"] {
  const isEqual = operator === "==" || operator === "===";
  const isUnequal = operator === "!=" || operator === "!==";
  if (quantifier === null || (!isEqual && !isUnequal)) return operator;
  if (isEqual) return quantifier === "all" ? "===" : "==";
  return quantifier === "all" ? "!=" : "!==";
}
