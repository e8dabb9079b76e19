import type { EngineSchema } from "@kusto/monaco-kusto";
import type { LogsMetadata } from "../../../api/logs.ts";

/** The tables as the editor's parser takes them. */
export function kustoSchema({ tables }: LogsMetadata): EngineSchema {
  const database = {
    name: "flows",
    tables: tables.map(({ name, description, columns }) => ({
      name,
      ...withText(description),
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        ...withText(column.description),
      })),
    })),
    functions: [],
    entityGroups: [],
    majorVersion: 1,
    minorVersion: 0,
  };
  return {
    clusterType: "Engine",
    cluster: { connectionString: "nightcap", databases: [database] },
    database,
  };
}

const withText = (docstring: string | undefined): { docstring?: string } =>
  docstring === undefined ? {} : { docstring };
