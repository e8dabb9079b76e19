import {
  columnValue,
  defineColumns,
  replaceColumns,
  uniquelyNamed,
  withColumns,
} from "../relation/define-columns.ts";
import { defined } from "../relation/relation.ts";
import type { Column, Relation } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { Scope } from "../scope.ts";
import { severalValues } from "../scalar/several-values.ts";
import { priorScope, withPriors } from "../relation/priors.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf, tokenOf } from "../syntax/syntax-node.ts";
import type { NamedValue, OperatorContext, TabularOperator } from "../translator.ts";
import { matchesName } from "./name-patterns.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "ProjectOperator", translate: project },
  { kind: "ExtendOperator", translate: extend },
  { kind: "SerializeOperator", translate: extend },
  {
    kind: "ProjectAwayOperator",
    translate: (node, input) => kept(input, (column) => !isListed(node, column)),
  },
  {
    kind: "ProjectKeepOperator",
    translate: (node, input) => kept(input, (column) => isListed(node, column)),
  },
  { kind: "ProjectRenameOperator", translate: projectRename },
  { kind: "ProjectReorderOperator", translate: projectReorder },
  { kind: "PrintOperator", translate: print },
];

function project(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const { scope, priors } = priorScope(context.names, input);
  const values = listOf(node, "Expressions").flatMap((item) => namedValues(item, scope, context));
  return withColumns(withPriors(input, priors), uniquelyNamed(values), context.translator);
}

/** New columns go behind the others; one whose name is taken goes in its place. All see the row as it was. */
function extend(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const { translator } = context;
  const taken = input.columns.map(({ name }) => name);
  const { scope, priors } = priorScope(context.names, input);
  const values = listOf(node, "Expressions").flatMap((item) => namedValues(item, scope, context));
  const rows = withPriors(input, priors);
  const free = uniquelyNamed(values, taken);
  const named = values.map(({ name, value }, index) => ({
    name: name ?? free[index]?.name ?? "",
    value,
  }));
  const last = new Map(named.map((one) => [one.name, one]));
  const made = defineColumns([...last.values()], translator);
  const columns = replaceColumns(rows.columns, made.columns);
  return { ...rows, columns, source: defined(rows.source, made.define) };
}

function print(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const values = listOf(node, "Expressions").flatMap((item, index) =>
    namedValues(item, rowScope(context.names, input), context).map(({ name, value }, _, all) => ({
      name: isNamed(item) || all.length > 1 ? (name ?? "") : `print_${index}`,
      value,
    })),
  );
  return withColumns(input, uniquelyNamed(values), context.translator);
}

/** One item of a list: all columns for `*`, several for a function with several results, otherwise one value. */
function namedValues(
  item: SyntaxNode,
  scope: Scope,
  { translator }: OperatorContext,
): readonly NamedValue[] {
  if (item.kind === "StarExpression")
    return (scope.row?.columns ?? []).map((column) => ({
      name: column.name,
      value: columnValue(column),
    }));
  const several = severalValues(item, scope, translator);
  if (several) return several;
  if (item.kind === "CompoundNamedExpression")
    return translator.unsupported(item, "several names for one value");
  return [{ name: translator.nameOf(item, scope), value: translator.scalar(item, scope) }];
}

const isNamed = (item: SyntaxNode): boolean => item.kind.endsWith("NamedExpression");

function kept(input: Relation, keeps: (column: Column) => boolean): Relation {
  return { ...input, columns: input.columns.filter(keeps) };
}

function isListed(node: SyntaxNode, column: Column): boolean {
  return listOf(node, "Expressions").some((item) => matchesName(item, column.name));
}

function projectRename(
  node: SyntaxNode,
  input: Relation,
  { translator }: OperatorContext,
): Relation {
  const renames = new Map<string, string>();
  for (const item of listOf(node, "Expressions")) {
    if (item.kind !== "SimpleNamedExpression")
      return translator.fail(item, "a new name is missing");
    renames.set(childOf(item, "Expression").name ?? "", childOf(item, "Name").name ?? "");
  }
  const columns = input.columns.map((column) => ({
    ...column,
    name: renames.get(column.name) ?? column.name,
  }));
  return { ...input, columns };
}

/** The columns named first, in that order, then the others; `asc` and `desc` sort those of a pattern by name. */
function projectReorder(node: SyntaxNode, input: Relation): Relation {
  const first: Column[] = [];
  for (const item of listOf(node, "Expressions")) {
    const ordered = item.kind === "OrderedExpression" ? item : undefined;
    const pattern = ordered ? childOf(ordered, "Expression") : item;
    const matches = input.columns.filter(
      (column) => !first.includes(column) && matchesName(pattern, column.name),
    );
    const ordering = ordered && optionalChildOf(ordered, "Ordering");
    first.push(...sortedByName(matches, ordering ? tokenOf(ordering, "AscOrDescKeyword") : ""));
  }
  return {
    ...input,
    columns: [...first, ...input.columns.filter((column) => !first.includes(column))],
  };
}

function sortedByName(columns: readonly Column[], direction: string): Column[] {
  if (direction === "") return [...columns];
  const natural = direction.startsWith("granny");
  const collator = new Intl.Collator("en", { numeric: natural });
  const sorted = columns.toSorted((a, b) => collator.compare(a.name, b.name));
  return direction.endsWith("desc") ? sorted.toReversed() : sorted;
}
