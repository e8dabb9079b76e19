import { sortsOfSeveral } from "../functions/arrays.ts";
import { seriesResults } from "../functions/series-results.ts";
import type { SeveralResults } from "../functions/several-results.ts";
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
  const results = resultsOf(node, scope, translator);
  if (!results) return null;
  const given =
    item.kind === "CompoundNamedExpression"
      ? listOf(childOf(item, "Names"), "Names").map((one) => one.name ?? "")
      : isNamed
        ? [childOf(item, "Name").name ?? ""]
        : [];
  return results.map(({ name, value }, index) => ({ name: given[index] ?? name, value }));
}

/** The results of a call; null where the function has one only. */
export function resultsOf(
  node: SyntaxNode,
  scope: Scope,
  translator: Translator,
): ReturnType<SeveralResults> | null {
  const name = childOf(node, "Name").name ?? "";
  const results = severalResults.get(name);
  if (!results) return null;
  const call = functionCall(name, node, scope, translator);
  return results(
    call.arguments.map((argument) => translator.scalar(argument, scope)),
    call,
  );
}

const severalResults: ReadonlyMap<string, SeveralResults> = new Map<string, SeveralResults>([
  ...seriesResults,
  ...Object.entries(sortsOfSeveral),
]);
