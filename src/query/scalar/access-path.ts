import type { Scope } from "../scope.ts";
import { columnOf } from "../scope.ts";
import type { SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, unwrapped } from "../syntax/syntax-node.ts";
import type { Translator } from "../translator.ts";
import { columnValue } from "../relation/define-columns.ts";
import { elementOf } from "./dynamic.ts";
import { stringValue } from "./literal-values.ts";
import { resultsOf } from "./several-values.ts";

/** `a.b["c"][0]` over a dynamic value, or `$left.x` within the condition of a join. */
export function accessPath(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  const side = sideColumn(node, scope, translator);
  if (side) return side;
  const keys: SqlValue[] = [];
  let at = node;
  for (
    ;
    at.kind === "PathExpression" || at.kind === "ElementExpression";
    at = childOf(at, "Expression")
  )
    keys.unshift(keyOf(childOf(at, "Selector"), scope, translator));
  const [first, ...rest] = keys;
  const several =
    at.kind === "FunctionCallExpression" && typeof first?.constant === "bigint"
      ? resultsOf(at, scope, translator)
      : null;
  if (several && several.length > 1) {
    const picked = several[Number(first?.constant)]?.value;
    if (!picked) return translator.fail(node, "the function has no such result");
    return rest.length > 0 ? elementOf(picked, rest) : picked;
  }
  const root = translator.scalar(unwrapped(at), scope);
  if (root.type !== "dynamic") return translator.fail(node, `a ${root.type} has no members`);
  return elementOf(root, keys);
}

function keyOf(selector: SyntaxNode, scope: Scope, translator: Translator): SqlValue {
  if (selector.kind !== "BracketedExpression") return stringValue(selector.name ?? "");
  const key = translator.scalar(childOf(selector, "Expression"), scope);
  if (key.type === "string" || key.type === "long" || key.type === "int") return key;
  return translator.fail(
    selector,
    `a member is named by a string or a number, not by a ${key.type}`,
  );
}

function sideColumn(node: SyntaxNode, scope: Scope, translator: Translator): SqlValue | null {
  const owner = childOf(node, "Expression");
  if (!scope.sides || (owner.name !== "$left" && owner.name !== "$right")) return null;
  const row = owner.name === "$left" ? scope.sides.left : scope.sides.right;
  const selector = childOf(node, "Selector");
  const name = selector.name ?? "";
  const column = columnOf(row, name);
  if (!column) return translator.fail(node, `${owner.name} has no column '${name}'`);
  return columnValue(column);
}
