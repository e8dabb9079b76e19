import { azureTableList } from "../flowstore/azure/tables.ts";
import { tupleTable } from "../flowstore/tuples/tuple-view.ts";
import type { TableDefinition } from "../query/table-definition.ts";

/**
 * The tables that queries may read: those with Azure's names in the database of flows, and the tuples one by one, none
 * of them with a null. Without a database they are those of the connection, or what the query's own SQL puts in their
 * place.
 */
export function kustoTables(database?: string): TableDefinition[] {
  const place = database === undefined ? {} : { database };
  return [...azureTableList, tupleTable].map(({ name, columns }) => ({
    name,
    columns,
    source: { ...place, table: name },
  }));
}
