import { rangeRowCountMax } from "../query-limits.ts";
import type { Relation } from "../relation/relation.ts";
import { momentOf, ticksOf } from "../conversion/ticks.ts";
import { widest } from "../scalar/number-operators.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";

export const operators: readonly TabularOperator[] = [{ kind: "RangeOperator", translate: range }];

/** `range x from 1 to 10 step 2`, over numbers, times and spans; both ends belong to it. */
function range(
  node: SyntaxNode,
  _input: Relation,
  { names, translator }: OperatorContext,
): Relation {
  const read = (name: string): SqlValue =>
    translator.scalar(childOf(node, name), { row: null, names });
  const [from, to, step] = [read("From"), read("To"), read("Step")];
  const type = rangeType(from, step);
  if (!type) return translator.fail(node, `a range from ${from.type} has no step of ${step.type}`);
  const plain = (value: SqlValue): string =>
    value.type === "datetime" ? ticksOf(value.sql) : value.sql;
  const steps = `floor((${plain(to)} - ${plain(from)}) / ${plain(step)})`;
  const wanted = `greatest(ifNull(${steps}, -1) + 1, 0)`;
  const refusal = `throwIf(${wanted} > ${rangeRowCountMax}, 'range makes more than ${rangeRowCountMax} rows')`;
  const count = `toUInt64(${wanted} + ${refusal})`;
  const column = translator.freshColumn(childOf(node, "Name").name ?? "", type, false);
  const place = translator.freshId();
  const value = `assumeNotNull(${plain(from)}) + ${place} * assumeNotNull(${plain(step)})`;
  const one = { kind: "sql", sql: "(SELECT 1)", ids: [] } as const;
  const rows = {
    kind: "select",
    from: one,
    define: new Map(),
    passes: true,
    arrayJoin: [`range(${count}) AS ${place}`],
  } as const;
  const define = new Map([[column.id, resultSql(value, type)]]);
  return {
    columns: [column],
    source: { kind: "select", from: rows, define, passes: false },
    order: [],
  };
}

function resultSql(value: string, type: KustoType): string {
  if (type === "datetime") return momentOf(`(${value})`);
  if (type === "int") return `toInt32(${value})`;
  return type === "real" ? `toFloat64(${value})` : `toInt64(${value})`;
}

function rangeType(from: SqlValue, step: SqlValue): KustoType | null {
  if (from.type === "datetime" || from.type === "timespan")
    return step.type === "timespan" ? from.type : null;
  return widest(from.type, step.type);
}
