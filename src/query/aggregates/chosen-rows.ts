import { columnValue } from "../relation/define-columns.ts";
import type { SqlValue } from "../sql-value.ts";
import type { SyntaxNode } from "../syntax/syntax-node.ts";
import type { FunctionCall, NamedValue } from "../translator.ts";
import { aggregateSql } from "./aggregate.ts";
import type { Aggregate } from "./aggregate.ts";
import { argument } from "../functions/scalar-function.ts";

/** The columns that arguments stand for: `*` is every column but the keys and those named already. */
function valuesOf(
  nodes: readonly SyntaxNode[],
  call: FunctionCall,
  taken: readonly string[],
): NamedValue[] {
  const { scope, translator } = call;
  return nodes.flatMap((node): NamedValue[] => {
    if (node.kind !== "StarExpression")
      return [
        {
          name: translator.nameOf(node, scope),
          value: translator.scalar(node, { row: scope.row, names: scope.names }),
        },
      ];
    const hidden = new Set([...taken, ...(scope.groupNames ?? [])]);
    const columns = (scope.row?.columns ?? []).filter(({ name }) => !hidden.has(name));
    return columns.map((column) => ({ name: column.name, value: columnValue(column) }));
  });
}

/** A tuple keeps nulls, which ClickHouse's own aggregates leave out. */
const tupleOf = (values: readonly NamedValue[]): string =>
  `tuple(${values.map(({ value }) => value.sql).join(", ")})`;

/** The row with the largest or smallest value: that value first, then the columns asked for. */
export const argExtreme =
  (name: "argMin" | "argMax") =>
  (call: FunctionCall): readonly NamedValue[] => {
    const [first, ...rest] = call.arguments;
    if (!first) return call.fail("a value is needed");
    const [key] = valuesOf([first], call, []);
    if (!key) return call.fail("a value is needed");
    const others = valuesOf(rest, call, key.name === null ? [] : [key.name]);
    const all = [key, ...others];
    const sortable = key.value.type === "string" ? key.value.sql : `toNullable(${key.value.sql})`;
    const row = `${name}(${tupleOf(all)}, ${sortable})`;
    return all.map(({ name: label, value }, index) => ({
      name: label,
      value: { sql: `tupleElement(${row}, ${index + 1})`, type: value.type },
    }));
  };

/** Any row, the same for every column. */
export const takeAny = (call: FunctionCall): readonly NamedValue[] => {
  const values = valuesOf(call.arguments, call, []);
  const [only] = values;
  if (values.length === 1 && only && call.arguments[0]?.kind !== "StarExpression")
    return [{ name: null, value: anyOf(only.value, null) }];
  const row = `any(${tupleOf(values)})`;
  return values.map(({ name, value }, index) => ({
    name,
    value: { sql: `tupleElement(${row}, ${index + 1})`, type: value.type },
  }));
};

const anyOf = (value: SqlValue, when: string | null): SqlValue => ({
  sql: aggregateSql("any", [value.sql], when),
  type: value.type,
});

export const takeAnyIf: Aggregate = (args, call, when) => anyOf(argument(args, 0, call), when);
