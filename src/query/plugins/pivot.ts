import { convert } from "../conversion/convert.ts";
import { toStringSql } from "../conversion/to-string.ts";
import { columnValue, uniquelyNamed } from "../relation/define-columns.ts";
import { grouped } from "../relation/partition.ts";
import type { Relation } from "../relation/relation.ts";
import { stringValue } from "../scalar/literal-values.ts";
import { rowScope } from "../scope.ts";
import { sqlString } from "../sql-text.ts";
import type { KustoType, SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import { askDistinct } from "./ask-distinct.ts";
import type { OperatorContext, PluginCall, TabularPlugin } from "../translator.ts";

export const pivot: TabularPlugin = { name: "pivot", translate: turn };

/**
 * A column for each value of a column (learn.microsoft.com/kusto/query/pivot-plugin). Which values there are the query
 * says itself, as in `evaluate pivot(State, sum(x)) : (Type:string, A:long, B:long)`, or the rows are asked first.
 */
function turn(call: PluginCall, input: Relation, context: OperatorContext): Relation {
  const { names, translator } = context;
  const { schema } = call;
  if (schema?.keepsInput || (!schema && !translator.canAsk))
    return translator.unsupported(
      call.node,
      "plugin pivot without the columns of its answer, as in pivot(x) : (k:string, a:long)",
    );
  const [by, aggregate, ...columns] = call.arguments;
  if (!by) return translator.fail(call.node, "a column is needed here");
  const isAggregate = aggregate?.kind === "FunctionCallExpression";
  const listed = new Set(
    (isAggregate || !aggregate ? columns : [aggregate, ...columns]).map(({ name }) => name),
  );
  const used = new Set([by.name, ...(isAggregate ? namesWithin(aggregate) : [])]);
  const isKey = (name: string): boolean => (listed.size > 0 ? listed.has(name) : !used.has(name));
  const keys = input.columns.filter(({ name }) => isKey(name));
  const keyNames = new Set(keys.map(({ name }) => name));
  const scope = rowScope(names, input);
  const value = toStringSql(translator.scalar(by, scope));
  const cellNames = schema
    ? schema.columns
        .filter(({ name }) => !keyNames.has(name))
        .map(({ name, type }) => ({ name, of: name, type }))
    : namedAfter(
        askDistinct(by, input, { perRow: `[tuple(${value})]`, width: 1, translator }),
        keyNames,
      );
  const cells = cellNames.map(({ name, of, type }) => {
    const when = `${value} = ${sqlString(of)}`;
    const made: SqlValue | undefined = isAggregate
      ? translator.aggregate(aggregate, { ...scope, when })[0]?.value
      : { sql: `toInt64(countIf(${when}))`, type: "long" };
    return {
      name,
      value: made
        ? type
          ? convert(made, type)
          : made
        : translator.fail(call.node, "an aggregate is needed"),
    };
  });
  const rows = grouped(
    input,
    keys.map((column) => ({ name: column.name, value: columnValue(column) })),
    cells,
    translator,
  );
  if (!schema) return rows;
  const order = schema.columns.map(({ name }) => name);
  return {
    ...rows,
    columns: order.flatMap((name) => rows.columns.find((column) => column.name === name) ?? []),
  };
}

interface Cell {
  readonly name: string;
  /** The value that it is about. */
  readonly of: string;
  /** Null: the aggregate's own. */
  readonly type: KustoType | null;
}

/** A column cannot be called nothing, and none like another. */
function namedAfter(values: readonly (readonly string[])[], keys: ReadonlySet<string>): Cell[] {
  const named = values.map(([of = ""]) => ({ name: of === "" ? null : of, value: of }));
  const texts = named.map(({ name, value }) => ({ name, value: stringValue(value) }));
  const columns = uniquelyNamed([
    ...[...keys].map((name) => ({ name, value: stringValue("") })),
    ...texts,
  ]);
  return columns.slice(keys.size).map(({ name }, index) => ({
    name,
    of: named[index]?.value ?? "",
    type: null,
  }));
}

/** The columns that an aggregate reads. */
function namesWithin(node: SyntaxNode): string[] {
  const own = node.kind === "NameReference" && node.name !== undefined ? [node.name] : [];
  return [...own, ...Object.values(node.children).flat().flatMap(namesWithin)];
}
