import { defined } from "../relation/relation.ts";
import type { Column, Partition, Relation } from "../relation/relation.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, parametersOf, parameterText } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";
import { expandRows, expansionsOf, rowLimitOf } from "./mv-expand.ts";
import { subquery } from "./subquery.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "MvApplyOperator", translate: mvApply },
];

/**
 * The rows of each array, and a sub-query over them alone (learn.microsoft.com/kusto/query/mv-apply-operator).
 * All arrays are expanded at once; a number of the row that each came from keeps them apart.
 */
function mvApply(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const { translator } = context;
  const rowId = translator.freshId();
  const numbered = defined(input.source, new Map([[rowId, "rowNumberInAllBlocks()"]]));
  const expansions = expansionsOf(node, input, context);
  const indexName = parameterText(parametersOf(node).get("with_itemindex"));
  const hidden = indexName ?? `$item${rowId}`;
  const expanded = expandRows({ ...input, source: numbered }, expansions, {
    context,
    ...rowLimitOf(node, context),
    indexName: hidden,
  });
  const isIndex = (column: Column): boolean => column.name === hidden;
  const index = expanded.columns.find(isIndex);
  const replaced = new Set(expansions.map(({ name }) => name));
  const partition: Partition = {
    by: [rowId],
    carried: input.columns.filter(({ name }) => !replaced.has(name)),
    order: input.order,
    ...(input.partition ? { outer: input.partition } : {}),
  };
  const rows = {
    ...expanded,
    columns: expanded.columns.filter((column) => indexName !== undefined || !isIndex(column)),
    order: index ? [{ sql: index.id, descending: false, nullsFirst: false }] : [],
  };
  const body = childOf(childOf(node, "Subquery"), "Expression");
  return subquery(body, rows, { partition, context });
}
