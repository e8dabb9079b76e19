import { defineColumns } from "../relation/define-columns.ts";
import { defined } from "../relation/relation.ts";
import type { Relation } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";
import { subquery } from "./subquery.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "PartitionOperator", translate: partition },
];

/** A sub-query on the rows of each value of a column; what `hint.strategy` says changes nothing in the answer. */
function partition(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const { names, translator } = context;
  const operand = childOf(node, "Operand");
  if (operand.kind !== "PartitionSubquery")
    return translator.unsupported(operand, "partition with a query in braces");
  const key = translator.scalar(childOf(node, "ByExpression"), rowScope(names, input));
  const { columns, define } = defineColumns([{ name: "", value: key }], translator);
  const rows = { ...input, source: defined(input.source, define) };
  return subquery(childOf(operand, "Subquery"), rows, {
    partition: {
      by: columns.map(({ id }) => id),
      carried: [],
      order: [],
      ...(input.partition ? { outer: input.partition } : {}),
    },
    context,
  });
}
