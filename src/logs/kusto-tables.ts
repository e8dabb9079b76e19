import { azureTableList } from "../flowstore/azure/tables.ts";
import type { TableDefinition } from "../query/table-definition.ts";

/** The tables that queries may read: those with Azure's names in the database of flows, none of them with a null. */
export function kustoTables(database: string): TableDefinition[] {
  return azureTableList.map(({ name, columns }) => ({
    name,
    columns,
    source: { database, table: name },
  }));
}
