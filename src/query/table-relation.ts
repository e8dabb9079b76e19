import type { Relation } from "./relation/relation.ts";
import { sqlName } from "./sql-text.ts";
import type { TableDefinition } from "./table-definition.ts";
import type { Translator } from "./translator.ts";

/** A table as the beginning of a query. */
export function tableRelation(table: TableDefinition, translator: Translator): Relation {
  translator.tablesUsed.add(table.name);
  const columns = table.columns.map(({ name, type, nullable }) =>
    translator.freshColumn(name, type, nullable ?? false),
  );
  const { database, table: name } = table.source;
  const sql = database === undefined ? sqlName(name) : `${sqlName(database)}.${sqlName(name)}`;
  return {
    columns,
    source: {
      kind: "table",
      sql,
      columns: new Map(columns.map(({ id, name: column }) => [id, sqlName(column)])),
    },
    order: [],
  };
}
