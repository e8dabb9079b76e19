import type { EngineLayout } from "../engine.ts";
import { flowColumns } from "./flow-columns.ts";
import { createTable, type TableDefinition } from "./table.ts";

/** One numbered change of the tables; each statement may run twice. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  statements(layout: EngineLayout): readonly string[];
}

const flowTable: TableDefinition = {
  name: "flow",
  columns: flowColumns,
  engine: "MergeTree",
  partitionBy: "toMonday(time)",
  orderBy: "toStartOfTenMinutes(time), macAddress, rule, destinationPort, source, destination",
  shardBy: "cityHash64(source, destination)",
};

export const migrations: readonly Migration[] = [
  { number: 1, name: "flow", statements: (layout) => createTable(layout, flowTable) },
];
