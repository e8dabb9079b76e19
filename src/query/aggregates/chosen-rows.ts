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

/** A tuple keeps nulls, which ClickHouse's own aggregates leave out; of no row at all it has nulls only. */
const tupleOf = (values: readonly NamedValue[]): string =>
  `tuple(${values.map(({ value }) => nullable(value)).join(", ")})`;

const nullable = ({ sql, type }: SqlValue): string =>
  type === "string" || type === "dynamic" ? sql : `toNullable(${sql})`;

/** Rows without a value come last, and one of them is the answer where no row has one. */
function rankOf({ sql, type, nullable: held }: SqlValue, name: "argMin" | "argMax"): string {
  if (type === "string" || type === "dynamic" || held === false) return sql;
  return `tuple(${name === "argMax" ? "isNotNull" : "isNull"}(${sql}), ${sql})`;
}

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
    const row = aggregateSql(
      name,
      [tupleOf(all), rankOf(key.value, name)],
      call.scope.when ?? null,
    );
    const prefix = `${name === "argMin" ? "min" : "max"}_${key.name ?? ""}`;
    // The older spelling, without a line, puts the prefix before every name.
    const isOlder = call.name === "argmax" || call.name === "argmin";
    const labelOf = (label: string | null, index: number): string => {
      if (label !== null && !isOlder) return label;
      return index === 0 ? prefix : `${prefix}_${label ?? `arg${index}`}`;
    };
    return all.map(({ name: label, value }, index) => ({
      name: labelOf(label, index),
      value: elementOf(row, index, value),
    }));
  };

/** The whole tuple is null where every key is; a text never is. */
function elementOf(row: string, index: number, { type }: SqlValue): SqlValue {
  const sql = `tupleElement(${row}, ${index + 1})`;
  return { sql: type === "string" || type === "dynamic" ? `ifNull(${sql}, '')` : sql, type };
}

/** Any row, the same for every column; the old name `any` stays in the columns' names. */
export const takeAny = (call: FunctionCall): readonly NamedValue[] => {
  const values = valuesOf(call.arguments, call, []);
  const when = call.scope.when ?? null;
  const label = (name: string | null, index: number): string =>
    name === null && call.name === "any" && values.length === 1
      ? "any_"
      : name === null
        ? `any_arg${index}`
        : call.name === "any"
          ? `any_${name}`
          : name;
  const [only] = values;
  if (values.length === 1 && only)
    return [{ name: label(only.name, 0), value: anyOf(only.value, when) }];
  const row = aggregateSql("any", [tupleOf(values)], when);
  return values.map(({ name, value }, index) => ({
    name: label(name, index),
    value: { sql: `tupleElement(${row}, ${index + 1})`, type: value.type },
  }));
};

const anyOf = (value: SqlValue, when: string | null): SqlValue => ({
  sql: aggregateSql("any", [nullable(value)], when),
  type: value.type,
});

export const takeAnyIf: Aggregate = (args, call, when) => anyOf(argument(args, 0, call), when);
