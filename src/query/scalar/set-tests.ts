import type { Scope } from "../scope.ts";
import type { SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, tokenOf, unwrapped } from "../syntax/syntax-node.ts";
import type { Translator } from "../translator.ts";
import { comparable, isNullable } from "./comparison.ts";
import { elementsOf } from "../conversion/to-dynamic.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { dynamicValue } from "./literal-values.ts";
import { textOf } from "./string-operators.ts";
import { stringTests } from "./string-tests.ts";

/** `in`, `in~`, `has_any` and `has_all` over a list, dynamic arrays, and the first column of a table. */
export function setTest(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  const operator = tokenOf(node, "Operator").toLowerCase();
  const left = childOf(node, "Left");
  const items = listOf(childOf(node, "Right"), "Expressions");
  if (left.kind === "StarExpression") return translator.unsupported(left, `* ${operator}`);
  const value = translator.scalar(left, scope);
  if (operator.startsWith("has_")) return termsTest(operator, value, items, scope, translator);
  const folds = operator.endsWith("~");
  const tests = membershipTests(value, items, { folds, scope, translator });
  const any = tests.length > 0 ? `(${tests.join(" OR ")})` : "false";
  const known = isNullable(value) ? `ifNull(${any}, false)` : any;
  return {
    sql: operator.startsWith("!") ? `(NOT ${known})` : known,
    type: "bool",
    nullable: false,
  };
}

interface Membership {
  readonly folds: boolean;
  readonly scope: Scope;
  readonly translator: Translator;
}

function membershipTests(
  value: SqlValue,
  items: readonly SyntaxNode[],
  context: Membership,
): string[] {
  const { folds, scope, translator } = context;
  const singles: string[] = [];
  const tests: string[] = [];
  const subject =
    value.type === "dynamic" || folds ? { sql: textOf(value), type: "string" as const } : value;
  const fold = (sql: string): string => (folds ? `lowerUTF8(${sql})` : sql);
  for (const item of items) {
    const table = translator.isTabular(unwrapped(item), scope.names);
    if (table) {
      const list = translator.listOf(unwrapped(item), scope.names, subject.type);
      tests.push(
        `${fold(subject.sql)} IN (${folds ? `SELECT lowerUTF8(item) FROM (${list})` : list})`,
      );
      continue;
    }
    const given = translator.scalar(item, scope);
    const constants = given.type === "dynamic" ? constantItems(given) : [given];
    if (constants) singles.push(...constants.map((one) => fold(comparable(subject, one)[1].sql)));
    else tests.push(`has(${arrayAs(given, subject, fold)}, ${fold(subject.sql)})`);
  }
  if (singles.length > 0) tests.unshift(`${fold(subject.sql)} IN (${singles.join(", ")})`);
  return tests;
}

/** The items of an array that is known; null where it is not. */
function constantItems({ constant }: SqlValue): SqlValue[] | null {
  if (typeof constant !== "string") return null;
  if (constant === "") return [];
  const parsed: unknown = JSON.parse(constant);
  const items: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return items.map((item) => dynamicValue(JSON.stringify(item)));
}

function arrayAs(array: SqlValue, subject: SqlValue, fold: (sql: string) => string): string {
  const item: SqlValue = { sql: "item", type: "dynamic" };
  const read = subject.type === "string" ? toStringSql(item) : comparable(subject, item)[1].sql;
  return `arrayMap(item -> ${fold(read)}, ${elementsOf(array)})`;
}

function termsTest(
  operator: string,
  value: SqlValue,
  items: readonly SyntaxNode[],
  scope: Scope,
  translator: Translator,
): SqlValue {
  const has = stringTests["has"];
  const tests = items.flatMap((item) => {
    const sought = translator.scalar(item, scope);
    const list = sought.type === "dynamic" ? constantItems(sought) : [sought];
    if (!list)
      return translator.unsupported(item, `${operator} with an array that is not constant`);
    return list.map((one) => {
      const text = one.type === "dynamic" ? textOfDynamicConstant(one) : one.constant;
      return (
        has?.(textOf(value), textOf(one), typeof text === "string" ? text : undefined) ?? "false"
      );
    });
  });
  const joined = tests.join(operator === "has_all" ? " AND " : " OR ");
  return { sql: tests.length > 0 ? `(${joined})` : "false", type: "bool", nullable: false };
}

function textOfDynamicConstant({ constant }: SqlValue): string | undefined {
  if (typeof constant !== "string") return undefined;
  const parsed: unknown = constant === "" ? "" : JSON.parse(constant);
  return typeof parsed === "string" ? parsed : constant;
}
