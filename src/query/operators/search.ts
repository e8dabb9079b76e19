import { filtered } from "../relation/relation.ts";
import type { Relation } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import {
  childOf,
  listOf,
  optionalChildOf,
  parametersOf,
  parameterText,
} from "../syntax/syntax-node.ts";
import { tableRelation } from "../table-relation.ts";
import { allColumns, tablesMeant, unionInputs, unionRelation } from "./union.ts";
import type { Input } from "./union.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";
import { withColumns, columnValue } from "../relation/define-columns.ts";
import { stringValue } from "../scalar/literal-values.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "SearchOperator", translate: search },
];

/**
 * The rows in which a term is in any column of text (learn.microsoft.com/kusto/query/search-operator): a
 * text in the place of a condition becomes `* has "text"`, and `column:"text"` becomes `column has "text"`.
 */
function search(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const { names, translator } = context;
  const isCased = parameterText(parametersOf(node).get("kind")) === "case_sensitive";
  const condition = termTests(childOf(node, "Condition"), isCased);
  if (input.columns.length === 0) {
    const matching = (rows: Relation): Relation =>
      filtered(rows, [translator.scalar(condition, rowScope(names, rows)).sql]);
    const searched = searchedTables(node, context);
    // What speaks of any column is asked of each table's own ones, not of those of all tables for each row.
    if (namesIn(condition) === "any") {
      const found = searched.map((one) => ({ ...one, relation: matching(one.relation) }));
      return unionRelation(found, allColumns(found), "$table", translator);
    }
    const inputs = inputsWith(condition, searched);
    return matching(unionRelation(inputs, allColumns(searched), "$table", translator));
  }
  const rows = filtered(input, [translator.scalar(condition, rowScope(names, input)).sql]);
  const [only, ...more] = translator.tablesUsed;
  const table = stringValue(more.length === 0 ? (only ?? "") : "");
  const columns = rows.columns.map((column) => ({ name: column.name, value: columnValue(column) }));
  return withColumns(rows, [{ name: "$table", value: table }, ...columns], translator);
}

/** The tables that stand behind `in`, or all there are. */
export function searchedTables(node: SyntaxNode, context: OperatorContext): Input[] {
  const { names, translator } = context;
  const clause = optionalChildOf(node, "InClause");
  if (!clause)
    return tablesMeant([...translator.tables.values()], "*").map((table) => ({
      name: table.name,
      relation: tableRelation(table, translator),
    }));
  return listOf(clause, "Expressions").flatMap((item) =>
    unionInputs(item, false, { names, translator }),
  );
}

/** Tables go that have no column of which the condition speaks, unless it speaks of any column. */
export function inputsWith(condition: SyntaxNode, inputs: readonly Input[]): Input[] {
  const spoken = namesIn(condition);
  if (spoken === "any") return [...inputs];
  return inputs.filter(({ relation }) => relation.columns.some(({ name }) => spoken.has(name)));
}

/** The names in an expression; "any" where it speaks of every column or of none. */
export function namesIn(condition: SyntaxNode): ReadonlySet<string> | "any" {
  const found = new Set<string>();
  const waiting = [condition];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.kind === "StarExpression") return "any";
    if (node.kind === "NameReference" && node.name !== undefined) found.add(node.name);
    waiting.push(...Object.values(node.children).flat());
  }
  return found.size === 0 ? "any" : found;
}

/** The condition with `has` in the place of a bare term. */
export function termTests(node: SyntaxNode, isCased: boolean): SyntaxNode {
  switch (node.kind) {
    case "StringLiteralExpression":
      return termTest({ ...node, kind: "StarExpression", children: {} }, node, isCased);
    case "SearchExpression":
      return termTest(childOf(node, "Left"), childOf(node, "Right"), isCased);
    case "ParenthesizedExpression": {
      const inner = termTests(childOf(node, "Expression"), isCased);
      return { ...node, children: { ...node.children, Expression: inner } };
    }
    case "AndExpression":
    case "OrExpression": {
      const [left, right] = [childOf(node, "Left"), childOf(node, "Right")];
      return {
        ...node,
        children: {
          ...node.children,
          Left: termTests(left, isCased),
          Right: termTests(right, isCased),
        },
      };
    }
    default:
      return node;
  }
}

/** A star at an end lets the term go on there. */
function termTest(left: SyntaxNode, right: SyntaxNode, isCased: boolean): SyntaxNode {
  const token = optionalChildOf(right, "Token");
  const text = token?.value ?? "";
  const [before, after] = [text.startsWith("*"), text.endsWith("*")];
  const word = before && after ? "contains" : before ? "hassuffix" : after ? "hasprefix" : "has";
  const plain = text.replace(/^\*/, "").replace(/\*$/, "");
  const operator = { ...right, kind: "Token", text: isCased ? `${word}_cs` : word, children: {} };
  const sought = token
    ? { ...right, children: { Token: { ...token, text: JSON.stringify(plain), value: plain } } }
    : right;
  return {
    ...right,
    kind: "HasExpression",
    children: { Left: left, Operator: operator, Right: sought },
  };
}
