import { grouped } from "../relation/partition.ts";
import type { Relation } from "../relation/relation.ts";
import { rowScope } from "../scope.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";
import { limited } from "./order.ts";

export const operators: readonly TabularOperator[] = [
  { kind: "SampleOperator", translate: sample },
  { kind: "SampleDistinctOperator", translate: sampleDistinct },
];

function countOf(node: SyntaxNode, { names, translator }: OperatorContext): string {
  const expression = childOf(node, "Expression");
  const { constant } = translator.scalar(expression, { row: null, names });
  return typeof constant === "bigint" && constant >= 0n
    ? String(constant)
    : translator.fail(expression, "a constant number of rows is needed here");
}

/** So many rows at random. */
function sample(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const id = context.translator.freshId();
  const drawn = {
    kind: "select",
    from: input.source,
    define: new Map([[id, "rand64()"]]),
    passes: true,
    orderBy: [{ sql: id, descending: false, nullsFirst: false }],
    limit: countOf(node, context),
  } as const;
  return { columns: input.columns, source: drawn, order: [] };
}

/** So many different values, whichever come first. */
function sampleDistinct(node: SyntaxNode, input: Relation, context: OperatorContext): Relation {
  const { names, translator } = context;
  const of = childOf(node, "OfExpression");
  const scope = rowScope(names, input);
  const value = translator.scalar(of, scope);
  const name = translator.nameOf(of, scope) ?? "Column1";
  const distinct = grouped(input, [{ name, value }], [], translator);
  return limited(distinct, countOf(node, context), translator);
}
