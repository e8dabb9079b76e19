import type { EngineLayout } from "../engine.ts";
import { createTable, onCluster, type TableDefinition } from "../schema/table.ts";
import { deduplicatedSelect } from "./deduplicated.ts";
import { ipDetails, legacyIpDetails } from "./ip-details.ts";
import { legacyFlows, legacyTopology } from "./legacy-analytics.ts";
import { netAnalytics } from "./net-analytics.ts";
import { type AzureTable, azureTables } from "./tables.ts";
import { plainColumns, selectList } from "./view.ts";

/** Tables of Azure that hold what is written to them; nothing of ours fills them by itself. */
const keptTable = (table: AzureTable, name = table.name): TableDefinition => ({
  name,
  columns: plainColumns(table),
  engine: "MergeTree",
  partitionBy: "toYYYYMM(TimeGenerated)",
  orderBy: "TimeGenerated",
  shardBy: "rand()",
});

/** Topology rows: the control plane writes them when its resources change. */
export const topologyTable = keptTable(azureTables.topologyDetails, "topology");

export const keptTables: readonly TableDefinition[] = [
  topologyTable,
  keptTable(azureTables.insights),
  keptTable(azureTables.diagnostics),
  keptTable(azureTables.threatIndicator),
];

const { legacyAnalytics } = azureTables;

/** Records of parts that are not merged yet are put together when they are read. */
const views: readonly (readonly [string, string])[] = [
  [
    azureTables.netAnalytics.name,
    `SELECT ${selectList(azureTables.netAnalytics, netAnalytics)} FROM flow_interval AS f FINAL`,
  ],
  [azureTables.deduplicated.name, deduplicatedSelect],
  [
    azureTables.legacyAnalytics.name,
    `SELECT ${selectList(legacyAnalytics, legacyFlows)} FROM flow_interval AS f FINAL
     UNION ALL SELECT ${selectList(legacyAnalytics, legacyTopology)} FROM topology AS t`,
  ],
  [
    azureTables.ipDetails.name,
    `SELECT ${selectList(azureTables.ipDetails, ipDetails)} FROM flow_address AS a FINAL`,
  ],
  [
    azureTables.legacyIpDetails.name,
    `SELECT ${selectList(azureTables.legacyIpDetails, legacyIpDetails)} FROM flow_address AS a FINAL`,
  ],
  [
    azureTables.topologyDetails.name,
    `SELECT ${azureTables.topologyDetails.columns.map(({ name }) => name).join(", ")} FROM topology`,
  ],
];

export const createKeptTables = (layout: EngineLayout): string[] =>
  keptTables.flatMap((table) => createTable(layout, table));

export const createViews = (layout: EngineLayout): string[] =>
  views.map(([name, select]) => `CREATE OR REPLACE VIEW ${name}${onCluster(layout)} AS ${select}`);
