import type { TableDefinition } from "../../query/table-definition.ts";
import { describeColumn } from "../descriptions/column-descriptions.ts";
import { tableDescriptions } from "../descriptions/table-descriptions.ts";
import type { DataSource } from "./answer-text.ts";

/** A workspace as `metadata` lists it. */
export interface MetadataWorkspace extends DataSource {
  /** Its customerId. */
  readonly id: string;
  readonly name: string;
}

/** Tables and columns that queries may name (https://learn.microsoft.com/rest/api/logsquery/metadata/get). */
export function metadataBody(
  tables: readonly TableDefinition[],
  workspaces: readonly MetadataWorkspace[],
): Record<string, unknown> {
  const names = tables.map(({ name }) => name);
  return {
    tables: tables.map(({ name, columns }) => ({
      id: name,
      name,
      ...withDescription(tableDescriptions[name]),
      ...(columns.some((column) => column.name === "TimeGenerated")
        ? { timespanColumn: "TimeGenerated" }
        : {}),
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        ...withDescription(describeColumn(column.name)),
      })),
      labels: [],
      related: { workspaces: workspaces.map(({ id }) => id) },
    })),
    workspaces: workspaces.map((workspace) => ({ ...workspace, related: { tables: names } })),
    categories: [],
    functions: [],
    resourceTypes: [],
    solutions: [],
  };
}

const withDescription = (description: string | undefined): { description?: string } =>
  description === undefined ? {} : { description };
