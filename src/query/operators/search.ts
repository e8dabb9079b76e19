import { filtered } from "../relation/relation.ts";
import type { Relation } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, optionalChildOf, parametersOf, parameterText } from "../syntax/syntax-node.ts";
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
function search(
  node: SyntaxNode,
  input: Relation,
  { names, translator }: OperatorContext,
): Relation {
  if (input.columns.length === 0 || optionalChildOf(node, "InClause"))
    return translator.unsupported(node, "search over tables; pipe one table into it");
  const isCased = parameterText(parametersOf(node).get("kind")) === "case_sensitive";
  const condition = termTests(childOf(node, "Condition"), isCased);
  const rows = filtered(input, [translator.scalar(condition, rowScope(names, input)).sql]);
  const [only, ...more] = translator.tablesUsed;
  const table = stringValue(more.length === 0 ? (only ?? "") : "");
  const columns = rows.columns.map((column) => ({ name: column.name, value: columnValue(column) }));
  return withColumns(rows, [{ name: "$table", value: table }, ...columns], translator);
}

function termTests(node: SyntaxNode, isCased: boolean): SyntaxNode {
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
