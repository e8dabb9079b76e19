import type { Scope } from "./scope.ts";
import { columnOf } from "./scope.ts";
import type { SyntaxNode } from "./syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf } from "./syntax/syntax-node.ts";

/**
 * The name of the column that an expression makes where the query gives it none: that of the column it
 * reads, sum_x for sum(x), d_a for d.a; null where the rules say Column1.
 */
export function expressionName(node: SyntaxNode, scope: Scope): string | null {
  switch (node.kind) {
    case "ParenthesizedExpression":
    case "OrderedExpression":
      return expressionName(childOf(node, "Expression"), scope);
    case "NameReference":
      return node.name ?? null;
    case "SimpleNamedExpression":
      return childOf(node, "Name").name ?? null;
    case "BracketedExpression":
      return bracketedName(childOf(node, "Expression"));
    case "PathExpression":
    case "ElementExpression":
      return pathName(node, scope);
    case "FunctionCallExpression":
      return callName(node, scope);
    default:
      return null;
  }
}

function bracketedName(key: SyntaxNode): string | null {
  const literal = ["StringLiteralExpression", "LongLiteralExpression", "IntLiteralExpression"];
  return literal.includes(key.kind)
    ? (optionalChildOf(key, "Token")?.value ?? optionalChildOf(key, "Token")?.text ?? null)
    : null;
}

function pathName(node: SyntaxNode, scope: Scope): string | null {
  const owner = childOf(node, "Expression");
  const selector = expressionName(childOf(node, "Selector"), scope);
  if (owner.name === "$left" || owner.name === "$right") return selector;
  const left = expressionName(owner, scope);
  return left ? `${left}_${selector ?? ""}` : selector;
}

function callName(node: SyntaxNode, scope: Scope): string | null {
  const args = node.children["ArgumentList"]
    ? listOf(childOf(node, "ArgumentList"), "Expressions")
    : [];
  const [first] = args;
  const rule = node.resultName;
  if (!rule) return null;
  const named = rule.kind.startsWith("Name") ? (childOf(node, "Name").name ?? null) : rule.prefix;
  const firstName = (): string | null => (first ? expressionName(first, scope) : null);
  switch (rule.kind.replace("Name", "Prefix")) {
    case "PrefixAndFirstArgument":
      return named === null ? firstName() : `${named}_${firstName() ?? ""}`;
    case "PrefixAndOnlyArgument":
      if (args.length !== 1) return null;
      return named === null ? firstName() : `${named}_${firstName() ?? ""}`;
    case "FirstArgumentValueIfColumn": {
      const name = first ? (optionalChildOf(first, "Token")?.value ?? "") : "";
      return columnOf(scope.row, name) ? name : null;
    }
    case "FirstArgument":
      return firstName();
    case "OnlyArgument":
      return args.length === 1 ? firstName() : null;
    case "PrefixOnly":
      return rule.prefix;
    default:
      return null;
  }
}
