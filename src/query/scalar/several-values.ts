import { seriesResults } from "../functions/series-results.ts";
import type { Scope } from "../scope.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf } from "../syntax/syntax-node.ts";
import type { NamedValue, Translator } from "../translator.ts";
import { functionCall } from "./function-call.ts";

/** The columns of a function that has several results, with the names that the query gives to the first of them. */
export function severalValues(
  item: SyntaxNode,
  scope: Scope,
  translator: Translator,
): readonly NamedValue[] | null {
  const isNamed = item.kind.endsWith("NamedExpression");
  const node = isNamed ? childOf(item, "Expression") : item;
  if (node.kind !== "FunctionCallExpression") return null;
  const name = childOf(node, "Name").name ?? "";
  const results = seriesResults.get(name);
  if (!results) return null;
  const call = functionCall(name, node, scope, translator);
  const args = call.arguments.map((argument) => translator.scalar(argument, scope));
  const [first] = call.arguments;
  const prefix = `${name}_${(first && translator.nameOf(first, scope)) ?? ""}`;
  const given =
    item.kind === "CompoundNamedExpression"
      ? listOf(childOf(item, "Names"), "Names").map((one) => one.name ?? "")
      : isNamed
        ? [childOf(item, "Name").name ?? ""]
        : [];
  return results(args, call).map(({ name: own, value }, index) => ({
    name: given[index] ?? `${prefix}_${own}`,
    value,
  }));
}
