import { createKeptTables, createViews, expireIndicators } from "../azure/azure-views.ts";
import type { EngineLayout } from "../engine.ts";
import { createPublicViews } from "../public-addresses/public-views.ts";
import { builtTable, summaries, summaryTable } from "../summary/summary-tables.ts";
import { createTupleView } from "../tuples/tuple-view.ts";
import { flowColumns } from "./flow-columns.ts";
import { createLedgerTables } from "./ledger-tables.ts";
import {
  addressSelect,
  addressTable,
  boardSelect,
  boardTable,
  coarserBoardSelect,
  flowShard,
  intervalSelect,
  intervalTable,
} from "./roll-ups.ts";
import { createRollUp, createTable, localName, type TableDefinition } from "./table.ts";

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
  shardBy: flowShard,
};

/** A roll-up: its table, and the view that fills it. */
function rollUp(layout: EngineLayout, table: TableDefinition, select: string): string[] {
  const from = localName(layout, "flow");
  return [
    ...createTable(layout, table),
    ...createRollUp(layout, { name: table.name, select: select.replaceAll("{flow}", from) }),
  ];
}

const boards = (layout: EngineLayout): string[] => [
  ...rollUp(layout, boardTable(1), boardSelect),
  ...rollUp(layout, boardTable(10), coarserBoardSelect(localName(layout, "flow_1m"), 10)),
  ...rollUp(layout, boardTable(60), coarserBoardSelect(localName(layout, "flow_10m"), 60)),
];

export const migrations: readonly Migration[] = [
  {
    number: 1,
    name: "flow and its roll-ups",
    statements: (layout) => [
      ...createTable(layout, flowTable),
      ...rollUp(layout, intervalTable, intervalSelect),
      ...rollUp(layout, addressTable, addressSelect),
      ...boards(layout),
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
];
