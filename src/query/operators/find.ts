import { convert } from "../conversion/convert.ts";
import { jsonOf } from "../conversion/to-dynamic.ts";
import { columnValue } from "../relation/define-columns.ts";
import { filtered } from "../relation/relation.ts";
import type { Column, Relation } from "../relation/relation.ts";
import { nullValue, stringValue } from "../scalar/literal-values.ts";
import { typeNamed } from "../scalar/type-names.ts";
import { bindingOf, rowScope, withBindings } from "../scope.ts";
import type { Binding } from "../scope.ts";
import { sqlString } from "../sql-text.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { childOf, parametersOf, parameterText } from "../syntax/syntax-node.ts";
import type { OperatorContext, TabularOperator } from "../translator.ts";
import { inputsWith, searchedTables, termTests } from "./search.ts";
import type { Input } from "./union.ts";

export const operators: readonly TabularOperator[] = [{ kind: "FindOperator", translate: find }];

/**
 * The rows of several tables that meet a condition, each with its table's name
 * (learn.microsoft.com/kusto/query/find-operator). Which columns the answer has is what the binder says; those of a
 * table that are not among them go into the bag `pack_`.
 */
function find(node: SyntaxNode, _input: Relation, context: OperatorContext): Relation {
  const { translator } = context;
  const condition = termTests(childOf(node, "Condition"), false);
  const sourceName = parameterText(parametersOf(node).get("withsource")) ?? "source_";
  const columns = (node.columns ?? []).map(({ name, type }) =>
    translator.freshColumn(name, typeNamed(type) ?? "dynamic", name !== sourceName),
  );
  const inputs = inputsWith(condition, searchedTables(node, context)).map((input) => {
    const rows = matchingRows(input, condition, context);
    return {
      source: rows.source,
      columns: columns.map((column) =>
        column.name === sourceName ? stringValue(input.name).sql : cell(column, rows, columns).sql,
      ),
    };
  });
  return {
    columns,
    order: [],
    source: { kind: "union", ids: columns.map(({ id }) => id), inputs },
  };
}

/** A column that this table does not have is null in the condition. */
function matchingRows(
  { relation }: Input,
  condition: SyntaxNode,
  { names, translator }: OperatorContext,
): Relation {
  const known = new Set(relation.columns.map(({ name }) => name));
  const missing = new Map<string, Binding>();
  const waiting = [condition];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const { name, boundType } = node;
    const type = typeNamed(boundType ?? "");
    const isColumn = node.kind === "NameReference" && name !== undefined && !bindingOf(names, name);
    if (isColumn && !known.has(name) && type)
      missing.set(name, { kind: "scalar", value: nullValue(type) });
    waiting.push(...Object.values(node.children).flat());
  }
  const hidden = withBindings(names, missing);
  return filtered(relation, [translator.scalar(condition, rowScope(hidden, relation)).sql]);
}

/** The value of one column of the answer in the rows of one table. */
function cell({ name, type }: Column, rows: Relation, columns: readonly Column[]): SqlValue {
  const found = rows.columns.find((column) => column.name === name || nameOfType(column) === name);
  if (found) return convert(columnValue(found), type);
  return name === "pack_" ? packed(rows, columns) : nullValue(type);
}

/** A column that several tables have with several types is one column for each type. */
const nameOfType = ({ name, type }: { name: string; type: KustoType }): string => `${name}_${type}`;

/** The columns that have no column of their own in the answer, as a bag. */
function packed(rows: Relation, columns: readonly Column[]): SqlValue {
  const names = new Set(columns.map(({ name }) => name));
  const members = rows.columns
    .filter((column) => !names.has(column.name) && !names.has(nameOfType(column)))
    .map(({ name, id, type }) => `${sqlString(`${JSON.stringify(name)}:`)}, ${jsonOf(id, type)}`);
  const sql = members.length > 0 ? `concat('{', ${members.join(", ',', ")}, '}')` : "'{}'";
  return { sql, type: "dynamic" };
}
