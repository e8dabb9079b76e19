// Prints a parsed filter so that it parses to the same tree again.
import type { Condition, Operand, SliceRange } from "./ast.ts";

const operatorWords = { and: "and", or: "or", xor: "xor" } as const;
/** How tightly each condition binds; a looser one inside a tighter one is put in parentheses. */
const bindings = { or: 1, xor: 2, and: 3, not: 4 } as const;
const tightest = 5;
const arithmeticBindings = { "&": 1, "+": 2, "-": 2, "*": 3, "/": 3, "%": 3 } as const;

export function printFilter(condition: Condition): string {
  switch (condition.kind) {
    case "and":
    case "or":
    case "xor": {
      const { kind, left, right } = condition;
      const binding = bindings[kind];
      // Of equals, the left ones are taken together first.
      return `${within(left, binding)} ${operatorWords[kind]} ${within(right, binding + 1)}`;
    }
    case "not":
      return `not ${within(condition.operand, bindings.not)}`;
    case "test":
      return printOperand(condition.operand);
    case "compare":
      return `${quantifierText(condition)}${printOperand(condition.left)} ${condition.operator} ${printOperand(condition.right)}`;
    case "contains":
    case "matches":
      return `${quantifierText(condition)}${printOperand(condition.left)} ${condition.kind} ${printOperand(condition.right)}`;
    case "in": {
      const members = condition.members.map(({ low, high }) =>
        high ? `${printOperand(low)} .. ${printOperand(high)}` : printOperand(low),
      );
      return `${quantifierText(condition)}${printOperand(condition.left)} in {${members.join(", ")}}`;
    }
  }
}

function quantifierText({ quantifier }: { quantifier: string | null }): string {
  return quantifier === null ? "" : `${quantifier} `;
}

function within(condition: Condition, binding: number): string {
  const { kind } = condition;
  const own = kind in bindings ? bindings[kind as keyof typeof bindings] : tightest;
  const text = printFilter(condition);
  return own < binding ? `(${text})` : text;
}

function printOperand(operand: Operand): string {
  switch (operand.kind) {
    case "word": {
      const prefix = operand.only === "field" ? "." : operand.only === "literal" ? ":" : "";
      return `${prefix}${operand.text}${operand.layers ? `#${rangesText(operand.layers)}` : ""}`;
    }
    case "string":
      return `"${escaped(operand.value, '"')}"`;
    case "character":
      return `'${escaped(String.fromCodePoint(operand.value), "'")}'`;
    case "call":
      return `${operand.name}(${operand.arguments.map(printOperand).join(", ")})`;
    case "slice":
      return `${grouped(operand.operand)}${rangesText(operand.ranges)}`;
    case "negate":
      return `-${grouped(operand.operand)}`;
    case "arithmetic": {
      const binding = arithmeticBindings[operand.operator];
      return `${inside(operand.left, binding)} ${operand.operator} ${inside(operand.right, binding + 1)}`;
    }
  }
}

function inside(operand: Operand, binding: number): string {
  const own = operand.kind === "arithmetic" ? arithmeticBindings[operand.operator] : tightest;
  return own < binding ? `{${printOperand(operand)}}` : printOperand(operand);
}

/** An operand that something is put before or behind. */
function grouped(operand: Operand): string {
  const isGroup = operand.kind === "arithmetic" || operand.kind === "negate";
  return isGroup ? `{${printOperand(operand)}}` : printOperand(operand);
}

function rangesText(ranges: readonly SliceRange[]): string {
  const texts = ranges.map(({ start, length, last }) =>
    last === null ? `${start}:${length ?? ""}` : `${start}-${last}`,
  );
  return `[${texts.join(",")}]`;
}

function escaped(text: string, quote: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === "\\" || character === quote) return `\\${character}`;
    return code < 0x20 || code === 0x7f ? `\\x${code.toString(16).padStart(2, "0")}` : character;
  }).join("");
}
