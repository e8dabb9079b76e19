import { defineColumns } from "../relation/define-columns.ts";
import { leftOut, partitionSql } from "../relation/partition.ts";
import { defined, sortKeySql } from "../relation/relation.ts";
import type { Column, Relation, SortKey } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, listOf, optionalChildOf, tokenOf } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator, Translator } from "../translator.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "SortOperator", translate: sort },
  { kind: "TopOperator", translate: top },
  { kind: "TakeOperator", translate: take },
];

function sort(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  return ordered(listOf(node, "Expressions"), input, context);
}

function top(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const sorted = ordered([childOf(node, "ByExpression")], input, context);
  return limited(sorted, rowCount(childOf(node, "Expression"), context), context.translator);
}

/** Which rows `take` takes is anyone's guess unless the rows have an order. */
function take(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  return limited(input, rowCount(childOf(node, "Expression"), context), context.translator);
}

/** The rows in an order of these keys, each a column of its own if it is none yet. */
export function ordered(
  items: readonly SyntaxNode[],
  input: Relation,
  context: OperatorContext,
): Relation {
  const { names, translator } = context;
  const scope = rowScope(names, input);
  const keys = items.map((item) => sortKey(item));
  const values = keys.map(({ expression }) => ({
    name: "",
    value: translator.scalar(expression, scope),
  }));
  const { columns, define } = defineColumns(values, translator);
  const order = keys.map(({ descending, nullsFirst }, index): SortKey => ({
    sql: columns[index]?.id ?? "1",
    descending,
    nullsFirst,
    isComparable: isComparable(columns[index]),
  }));
  return { ...input, order, source: defined(input.source, define) };
}

const comparableTypes: ReadonlySet<string> = new Set(["datetime", "timespan", "long", "int"]);

const isComparable = (column: Column | undefined): boolean =>
  column !== undefined && !column.nullable && comparableTypes.has(column.type);

/** Descending where nothing is said; nulls are the smallest (learn.microsoft.com/kusto/query/sort-operator). */
function sortKey(item: SyntaxNode): {
  expression: SyntaxNode;
  descending: boolean;
  nullsFirst: boolean;
} {
  if (item.kind !== "OrderedExpression")
    return { expression: item, descending: true, nullsFirst: false };
  const ordering = optionalChildOf(item, "Ordering");
  const descending = !ordering || tokenOf(ordering, "AscOrDescKeyword") !== "asc";
  const nulls = ordering && optionalChildOf(ordering, "NullsClause");
  const said = nulls ? tokenOf(nulls, "FirstOrLastKeyword") : "";
  return {
    expression: childOf(item, "Expression"),
    descending,
    nullsFirst: said === "" ? !descending : said === "first",
  };
}

function rowCount(node: SyntaxNode, { names, translator }: OperatorContext): string {
  const value = translator.scalar(node, { row: null, names });
  const { constant } = value;
  if (typeof constant === "bigint" && constant >= 0n && constant <= 2n ** 62n)
    return String(constant);
  if (constant !== undefined) return translator.fail(node, "a number of rows is needed here");
  return `toUInt64(ifNull(${value.sql}, 0))`;
}

/** The first rows, in the order that they have; of each group where a sub-query runs on groups. */
export function limited(relation: Relation, limit: string, translator: Translator): Relation {
  const { source, order, partition } = relation;
  const orderBy = order.length > 0 ? { orderBy: order } : {};
  const select = { kind: "select", from: source, define: new Map(), passes: true } as const;
  if (!partition) return { ...relation, source: { ...select, ...orderBy, limit } };
  if (partition.alive === undefined) {
    const limitBy = { count: limit, by: partition.by };
    return { ...relation, source: { ...select, ...orderBy, limitBy } };
  }
  const place = translator.freshId();
  const keys = order.length > 0 ? ` ORDER BY ${order.map(sortKeySql).join(", ")}` : "";
  const sql = `row_number() OVER (${partitionSql(relation)}${keys})`;
  const placed = { ...relation, source: { ...select, define: new Map([[place, sql]]) } };
  return leftOut(placed, [`${place} <= ${limit}`], translator);
}
