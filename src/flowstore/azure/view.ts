import { type AzureColumn, type AzureTable, columnTypeOf } from "./tables.ts";

/** SQL of the columns that are known, by the column's name; the others are blank. */
export type Expressions = Readonly<Record<string, string>>;

const blank: Readonly<Record<AzureColumn["type"], string>> = {
  string: "''",
  long: "0",
  int: "0",
  real: "0",
  bool: "false",
  datetime: "0",
};

/** The select list of a table's view: each column once, in order, with its own type. */
export function selectList(table: AzureTable, known: Expressions): string {
  const unknown = Object.keys(known).filter(
    (name) => !table.columns.some((column) => column.name === name),
  );
  if (unknown.length > 0) throw new Error(`${table.name} has no column ${unknown.join(", ")}`);
  return table.columns
    .map(
      (column) =>
        `CAST(${known[column.name] ?? blankOf(column)}, ${quoted(columnTypeOf(column))}) AS ${column.name}`,
    )
    .join(",\n");
}

const blankOf = ({ type, nullable }: AzureColumn): string => (nullable ? "NULL" : blank[type]);

const quoted = (type: string): string => `'${type.replaceAll("'", "\\'")}'`;

/** The columns of a table that is kept as it is asked for. */
export const plainColumns = (table: AzureTable): { name: string; type: string }[] =>
  table.columns.map((column) => ({ name: column.name, type: columnTypeOf(column) }));
