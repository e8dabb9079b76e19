import { createKeptTables, createViews, expireIndicators } from "../azure/azure-views.ts";
import { createDestinations } from "../destinations/destination-table.ts";
import { createDestinationViews } from "../destinations/destination-view.ts";
import type { EngineLayout } from "../engine.ts";
import { createLaterTables } from "../later/later-tables.ts";
import { createPublicViews } from "../public-addresses/public-views.ts";
import { builtTable, summaries, summaryTable } from "../summary/summary-tables.ts";
import { createTupleView } from "../tuples/tuple-view.ts";
import { createArrivals, rolledUpTable } from "./arrivals.ts";
import { flowColumns } from "./flow-columns.ts";
import { createBundles, createLedgerTables } from "./ledger-tables.ts";
import { flowShard } from "./roll-ups.ts";
import { liveName, type RollUp, rollUps } from "./roll-up-list.ts";
import { createRollUp, createTable, type TableDefinition } from "./table.ts";

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
  const from = of === "flow" ? rolledUpTable(layout) : liveName(layout, of);
  const live = layout.cluster === null ? liveName(layout, table.name) : table.name;
  return [
    ...createTable(layout, { ...table, name: live }),
    ...createRollUp(layout, {
      name: table.name,
      to: liveName(layout, table.name),
      select: select(from, "1"),
    }),
  ];
}

const createRollUps = (layout: EngineLayout): string[] => [
  ...rollUps.flatMap((rollUp) => createLiveRollUp(layout, rollUp)),
  ...createLaterTables(layout),
];

/** Tables of lower numbers were made before there was a release: no way leads from them to these. */
export const firstReleasedNumber = 22;

export const migrations: readonly Migration[] = [
  {
    number: firstReleasedNumber,
    name: "flow and all that is made of it",
    statements: (layout) => [
      ...createTable(layout, flowTable),
      ...createArrivals(layout),
      ...createRollUps(layout),
      ...createKeptTables(layout),
      ...expireIndicators(layout),
      ...createViews(layout),
      ...createTupleView(layout),
      ...createPublicViews(layout),
      ...[builtTable, ...summaries.map(summaryTable)].flatMap((table) =>
        createTable(layout, table),
      ),
      ...createLedgerTables(layout),
      ...createDestinations(layout, rolledUpTable(layout)),
      ...createDestinationViews(layout),
    ],
  },
  { number: 23, name: "chunks that are inserted together", statements: createBundles },
];
