import { columnValue, uniquelyNamed } from "../relation/define-columns.ts";
import { grouped } from "../relation/partition.ts";
import { priorScope, withPriors } from "../relation/priors.ts";
import type { Relation } from "../relation/relation.ts";
import type { Scope } from "../scope.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf } from "../syntax/syntax-node.ts";
import type { NamedValue, OperatorContext, TabularOperator, Translator } from "../translator.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "SummarizeOperator", translate: summarize },
  { kind: "DistinctOperator", translate: distinct },
  { kind: "CountOperator", translate: count },
];

/** One row for each combination of the keys, which come first; one row in all where there are no keys. */
function summarize(
  node: SyntaxNode,
  input: Relation,
  { names, translator }: OperatorContext,
): Relation {
  const { scope, priors } = priorScope(names, input);
  const by = optionalChildOf(node, "ByClause");
  const keyNodes = by ? listOf(by, "Expressions") : [];
  const keys = keyNodes.map((item) => ({
    name: translator.nameOf(item, scope),
    value: translator.scalar(item, scope),
  }));
  const groupNames = keys.flatMap(({ name }) => (name === null ? [] : [name]));
  const alive = keyNodes.length === 0 ? input.partition?.alive : undefined;
  const inner = { ...scope, groupNames, ...(alive === undefined ? {} : { when: alive }) };
  const results = listOf(node, "Aggregates").flatMap((item) =>
    aggregateColumns(item, inner, translator),
  );
  const named = uniquelyNamed([...keys, ...results]);
  const rows = withPriors(input, priors);
  return grouped(rows, named.slice(0, keys.length), named.slice(keys.length), translator);
}

/** The columns of one aggregation: `x = sum(y)`, `(a, b) = arg_max(...)`, or without a name. */
export function aggregateColumns(
  item: SyntaxNode,
  scope: Scope,
  translator: Translator,
): NamedValue[] {
  if (item.kind === "SimpleNamedExpression") {
    const values = translator.aggregate(childOf(item, "Expression"), scope);
    return renamed(values, [childOf(item, "Name").name ?? ""]);
  }
  if (item.kind === "CompoundNamedExpression") {
    const values = translator.aggregate(childOf(item, "Expression"), scope);
    const given = listOf(childOf(item, "Names"), "Names").map(({ name }) => name ?? "");
    return renamed(values, given);
  }
  const values = translator.aggregate(item, scope);
  return values.map(({ name, value }) => ({ name: name ?? translator.nameOf(item, scope), value }));
}

function renamed(values: readonly NamedValue[], given: readonly string[]): NamedValue[] {
  return values.map(({ name, value }, index) => ({ name: given[index] ?? name, value }));
}

function distinct(
  node: SyntaxNode,
  input: Relation,
  { names, translator }: OperatorContext,
): Relation {
  const { scope, priors } = priorScope(names, input);
  const values = listOf(node, "Expressions").flatMap((item): NamedValue[] => {
    if (item.kind === "StarExpression")
      return input.columns.map((column) => ({ name: column.name, value: columnValue(column) }));
    return [{ name: translator.nameOf(item, scope), value: translator.scalar(item, scope) }];
  });
  return grouped(withPriors(input, priors), uniquelyNamed(values), [], translator);
}

function count(node: SyntaxNode, input: Relation, { translator }: OperatorContext): Relation {
  const as = optionalChildOf(node, "AsIdentifier");
  const name = (as && optionalChildOf(as, "Identifier")?.value) ?? "Count";
  const alive = input.partition?.alive;
  const counted = alive === undefined ? "count()" : `countIf(${alive})`;
  const value = { sql: `toInt64(${counted})`, type: "long", nullable: false } as const;
  return grouped(input, [], [{ name, value }], translator);
}
