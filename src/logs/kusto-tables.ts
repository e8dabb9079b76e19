import { azureTableList, azureTables } from "../flowstore/azure/tables.ts";
import { destinationsTable, hostsTable } from "../flowstore/destinations/destination-view.ts";
import { publicTables } from "../flowstore/public-addresses/public-tables.ts";
import { tupleTable } from "../flowstore/tuples/tuple-view.ts";
import type { TableDefinition } from "../query/table-definition.ts";

const ownTables = [tupleTable, destinationsTable, hostsTable, ...publicTables];

/** Tables of ours: they show flows that Azure's tables have, too. */
const derivedNames: ReadonlySet<string> = new Set(
  [azureTables.deduplicated, ...ownTables].map(({ name }) => name),
);

/**
 * The tables that queries may read: those with Azure's names in the database of flows, the tuples one by one and
 * the public addresses. Without a database they are those of the connection, or what the
 * query's own SQL puts in their place.
 */
export function kustoTables(database?: string): TableDefinition[] {
  const place = database === undefined ? {} : { database };
  return [...azureTableList, ...ownTables].map(({ name, columns }) => ({
    name,
    columns,
    source: { ...place, table: name },
    isDerived: derivedNames.has(name),
  }));
}
