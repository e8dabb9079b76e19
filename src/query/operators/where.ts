import { leftOut } from "../relation/partition.ts";
import { priorScope, withPriors } from "../relation/priors.ts";
import { filtered } from "../relation/relation.ts";
import type { Relation } from "../relation/relation.ts";
import { convert } from "../conversion/convert.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";

export const operators: readonly TabularOperator[] = [{ kind: "FilterOperator", translate: where }];

/** Each part of an AND is a condition of its own; null counts as false, as SQL has it too. */
function where(
  node: SyntaxNode,
  input: Relation,
  { names, translator }: OperatorContext,
): Relation {
  const { scope, priors } = priorScope(names, input);
  const conditions = conjuncts(childOf(node, "Condition")).map((condition) => {
    const value = translator.scalar(condition, scope);
    return value.type === "dynamic" ? convert(value, "bool").sql : value.sql;
  });
  const rows = withPriors(input, priors);
  return rows.partition?.alive === undefined
    ? filtered(rows, conditions)
    : leftOut(rows, conditions, translator);
}

function conjuncts(node: SyntaxNode): SyntaxNode[] {
  if (node.kind !== "AndExpression") return [node];
  return [...conjuncts(childOf(node, "Left")), ...conjuncts(childOf(node, "Right"))];
}
