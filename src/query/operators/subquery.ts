import { boolValue } from "../scalar/literal-values.ts";
import { withoutLeftOut } from "../relation/partition.ts";
import { defined } from "../relation/relation.ts";
import type { Partition, Relation } from "../relation/relation.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, optionalChildOf, unwrapped } from "../syntax/syntax-node.ts";
import type { OperatorContext } from "../translator.ts";

interface SubqueryOptions {
  readonly partition: Partition;
  readonly context: OperatorContext;
}

/**
 * Runs a query on each group of rows by itself. Nothing is run many times: the operators within it work on
 * all groups at once and keep them apart. Behind it stand the columns that were carried past it.
 */
export function subquery(
  body: SyntaxNode,
  rows: Relation,
  { partition, context }: SubqueryOptions,
): Relation {
  const { names, translator } = context;
  const alive = countsEmptyGroups(body) ? translator.freshId() : undefined;
  const input: Relation = {
    ...rows,
    ...(alive === undefined
      ? {}
      : { source: defined(rows.source, new Map([[alive, boolValue(true).sql]])) }),
    partition: alive === undefined ? partition : { ...partition, alive },
  };
  const result = withoutLeftOut(translator.tabular(body, names, input));
  const { partition: kept, ...answer } = result;
  if (!kept) return translator.unsupported(body, "a sub-query that reads another table");
  const { carried, order, outer } = kept;
  const taken = new Set(carried.map(({ name }) => name));
  const own = answer.columns.filter(({ name }) => !taken.has(name));
  return {
    columns: [...carried, ...own],
    source: answer.source,
    order,
    ...(outer ? { partition: outer } : {}),
  };
}

/** Operators that go row by row, or leave rows out. */
const rowOperators: ReadonlySet<string> = new Set([
  "FilterOperator",
  "ExtendOperator",
  "SerializeOperator",
  "ProjectOperator",
  "ProjectAwayOperator",
  "ProjectKeepOperator",
  "ProjectRenameOperator",
  "ProjectReorderOperator",
  "SortOperator",
  "TopOperator",
  "TakeOperator",
]);
const leavingOut: ReadonlySet<string> = new Set(["FilterOperator", "TopOperator", "TakeOperator"]);

/**
 * Whether a group gives a row although none of its own rows is left: summarize without keys and count do so
 * (learn.microsoft.com/kusto/query/summarize-operator). Such rows are marked then, and not left out.
 */
function countsEmptyGroups(body: SyntaxNode): boolean {
  const stages: SyntaxNode[] = [];
  for (let at = unwrapped(body); ; at = unwrapped(childOf(at, "Expression"))) {
    if (at.kind !== "PipeExpression") {
      stages.unshift(at);
      break;
    }
    stages.unshift(childOf(at, "Operator"));
  }
  const first = stages.findIndex(({ kind }) => !rowOperators.has(kind));
  const stage = stages[first];
  if (!stage || !stages.slice(0, first).some(({ kind }) => leavingOut.has(kind))) return false;
  if (stage.kind === "CountOperator") return true;
  return stage.kind === "SummarizeOperator" && !optionalChildOf(stage, "ByClause");
}
