import { createKeptTables, createViews, expireIndicators } from "../azure/azure-views.ts";
import { createDestinations } from "../destinations/destination-table.ts";
import { createDestinationViews } from "../destinations/destination-view.ts";
import type { EngineLayout } from "../engine.ts";
import { createLaterTables } from "../later/later-tables.ts";
import { createPublicViews } from "../public-addresses/public-views.ts";
import { builtTable, summaries, summaryTable } from "../summary/summary-tables.ts";
import { createTupleView } from "../tuples/tuple-view.ts";
import { flowColumns } from "./flow-columns.ts";
import { createLedgerTables } from "./ledger-tables.ts";
import { flowShard } from "./roll-ups.ts";
import { liveName, type RollUp, rollUps } from "./roll-up-list.ts";
import {
  addColumn,
  addRange,
  createRollUp,
  createTable,
  localName,
  type TableDefinition,
} from "./table.ts";

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
  orderBy: "toStartOfHour(time), origin, destinationPort, time",
  // Rows of one hour come together: what has just come, whenever it was seen, is in few granules.
  indexes: ["ingested"],
  shardBy: flowShard,
};

/** A roll-up's table, and the view that fills it with what is rolled up as it comes. */
function createLiveRollUp(layout: EngineLayout, { table, of, select }: RollUp): string[] {
  const from = of === "flow" ? localName(layout, of) : liveName(layout, of);
  const live = layout.cluster === null ? liveName(layout, table.name) : table.name;
  return [
    ...createTable(layout, { ...table, name: live }),
    ...createRollUp(layout, {
      name: table.name,
      to: liveName(layout, table.name),
      select: select(from, "f.isRolledLater = 0"),
    }),
  ];
}

const createRollUps = (layout: EngineLayout): string[] => [
  ...rollUps.flatMap((rollUp) => createLiveRollUp(layout, rollUp)),
  ...createLaterTables(layout),
];

export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: "flow and its roll-ups",
    statements: (layout) => [
      ...createTable(layout, flowTable),
      ...createRollUps(layout),
      ...createKeptTables(layout),
    ],
  },
  { number: 3, name: "Azure's names", statements: createViews },
  { number: 4, name: "flows without their second record", statements: createViews },
  { number: 5, name: "ids and topology as Azure writes them", statements: createViews },
  { number: 6, name: "single tuples", statements: createTupleView },
  { number: 7, name: "flows by public address", statements: createPublicViews },
  {
    number: 8,
    name: "sums of intervals that are over",
    statements: (layout) =>
      [builtTable, ...summaries.map(summaryTable)].flatMap((table) => createTable(layout, table)),
  },
  { number: 9, name: "what was read", statements: createLedgerTables },
  {
    number: 10,
    name: "public sides alone, and indicators that expire",
    statements: (layout) => [...createViews(layout), ...expireIndicators(layout)],
  },
  {
    number: 11,
    name: "rows that are rolled up later",
    // Tables made before keep rolling up all rows as they come.
    statements: (layout) => [
      ...addColumn(layout, flowTable, "isRolledLater"),
      ...createLaterTables(layout),
    ],
  },
  {
    number: 12,
    name: "destinations of each host",
    statements: (layout) => [
      ...createDestinations(layout),
      ...createDestinationViews(layout),
      ...addRange(layout, flowTable.name, "ingested"),
    ],
  },
];
