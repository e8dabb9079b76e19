import { columnOf } from "../scope.ts";
import type { Scope } from "../scope.ts";
import type { SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf } from "../syntax/syntax-node.ts";
import type { Translator } from "../translator.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { stringTests } from "./string-tests.ts";

/** `has`, `contains`, `=~` and the like, also with `!` before them, and with `*` for any column. */
export function stringTest(
  operator: string,
  node: SyntaxNode,
  scope: Scope,
  translator: Translator,
): SqlValue {
  const negated = operator.startsWith("!");
  const spelt = operator.toLowerCase().replace(/^!/, "").replace(/^not/, "");
  const test = stringTests[spelt === "~" ? "=~" : spelt];
  if (!test) return translator.unsupported(node, `operator ${operator}`);
  const left = childOf(node, "Left");
  const sought = translator.scalar(childOf(node, "Right"), scope);
  const constant =
    typeof sought.constant === "string" && sought.type === "string" ? sought.constant : undefined;
  const texts =
    left.kind === "StarExpression"
      ? searchedTexts(allTexts(scope), spelt, constant)
      : [textOf(translator.scalar(left, scope))];
  const tests = texts.map((text) => test(text, textOf(sought), constant));
  const any = tests.length > 0 ? tests.join(" OR ") : "false";
  return { sql: negated ? `(NOT (${any}))` : `(${any})`, type: "bool", nullable: false };
}

/** A value as text, for the operators that take strings and dynamic values. */
export function textOf(value: SqlValue): string {
  if (value.type === "string") return value.sql;
  return value.type === "dynamic" ? toStringSql(value) : `ifNull(toString(${value.sql}), '')`;
}

const separator = "\n";

/**
 * One text to look through is much cheaper than one for each column. What separates the columns is no part of a
 * term, so that a term is in the whole exactly when it is in one of them.
 */
function searchedTexts(texts: string[], operator: string, sought: string | undefined): string[] {
  const isWithin = /^(has|contains)/.test(operator);
  if (texts.length < 2 || !isWithin || sought === undefined || sought.includes(separator))
    return texts;
  return [`concatWithSeparator('\\n', ${texts.join(", ")})`];
}

/** Every column that `*` stands for in a test: those that hold text. */
function allTexts(scope: Scope): string[] {
  return (scope.row?.columns ?? [])
    .filter(
      ({ name, type }) => columnOf(scope.row, name) && (type === "string" || type === "dynamic"),
    )
    .map(({ id, type }) => textOf({ sql: id, type }));
}
