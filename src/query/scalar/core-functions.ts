import { columnOf } from "../scope.ts";
import type { SqlValue } from "../sql-value.ts";
import type { FunctionCall, ScalarFunction } from "../translator.ts";
import { columnValue } from "../relation/define-columns.ts";
import { isNullable } from "./comparison.ts";
import { boolValue, nullValue } from "./literal-values.ts";

const list: readonly ScalarFunction[] = [
  { name: "not", translate: negate },
  { name: "ingestion_time", translate: ingestionTime },
  {
    name: "iscolumnexists",
    translate: ([name], call) => boolValue(namedColumn(name, call) !== undefined),
  },
  { name: "columnifexists", translate: columnIfExists },
  { name: "column_ifexists", translate: columnIfExists },
];

/** Functions that belong to the language more than to its library: they look at names, or are operators. */
export const coreFunctions: ReadonlyMap<string, ScalarFunction> = new Map(
  list.map((entry) => [entry.name, entry]),
);

/** When a row came into its table, which the tables of Traffic Analytics tell in a column. */
function ingestionTime(_args: readonly SqlValue[], call: FunctionCall): SqlValue {
  const { row } = call.scope;
  const column = columnOf(row, "TimeProcessed") ?? columnOf(row, "TimeProcessed_t");
  return column?.type === "datetime" ? columnValue(column) : nullValue("datetime");
}

function negate(args: readonly SqlValue[], call: FunctionCall): SqlValue {
  const [value] = args;
  if (!value) return call.fail("needs a value");
  return { sql: `(NOT ${value.sql})`, type: "bool", nullable: isNullable(value) };
}

function columnIfExists(args: readonly SqlValue[], call: FunctionCall): SqlValue {
  const [name, otherwise] = args;
  const column = namedColumn(name, call);
  if (column) return columnValue(column);
  return otherwise ?? call.fail("needs a value for where the column is missing");
}

function namedColumn(name: SqlValue | undefined, call: FunctionCall): ReturnType<typeof columnOf> {
  if (typeof name?.constant !== "string")
    return call.fail("needs the column's name as a constant string");
  return columnOf(call.scope.row, name.constant);
}
