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

/** A column of a SELECT, with its type in ClickHouse. */
export interface SelectedColumn {
  readonly name: string;
  readonly type: string;
}

/** The select list of a table's view: each column once, in order, with its own type; or those that are asked for. */
export function selectList(
  table: AzureTable,
  known: Expressions,
  columns: readonly SelectedColumn[] = plainColumns(table),
): string {
  const blanks = new Map(table.columns.map((column) => [column.name, blankOf(column)]));
  const unknown = [...Object.keys(known), ...columns.map(({ name }) => name)].filter(
    (name) => !blanks.has(name),
  );
  if (unknown.length > 0) throw new Error(`${table.name} has no column ${unknown.join(", ")}`);
  return columns
    .map(({ name, type }) => {
      const column = known[name] ?? blanks.get(name) ?? "''";
      return `CAST(${column}, ${quoted(type)}) AS ${name}`;
    })
    .join(",\n");
}

const blankOf = ({ type, nullable }: AzureColumn): string => (nullable ? "NULL" : blank[type]);

const quoted = (type: string): string => `'${type.replaceAll("'", "\\'")}'`;

/** The columns of a table that is kept as it is asked for. */
export const plainColumns = (table: AzureTable): SelectedColumn[] =>
  table.columns.map((column) => ({ name: column.name, type: columnTypeOf(column) }));
