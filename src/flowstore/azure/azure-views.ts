import type { EngineLayout } from "../engine.ts";
import { wholeAddresses, wholeRecords } from "../schema/roll-ups.ts";
import { createView, type ViewDefinition } from "../schema/shard-view.ts";
import { createTable, localName, onCluster, type TableDefinition } from "../schema/table.ts";
import { deduplicatedSelect } from "./deduplicated.ts";
import { ipDetails, legacyIpDetails } from "./ip-details.ts";
import { legacyFlows, legacyTopology } from "./legacy-analytics.ts";
import { netAnalyticsSelect } from "./net-analytics.ts";
import { type AzureTable, azureTables } from "./tables.ts";
import { type Expressions, plainColumns, selectList } from "./view.ts";

/** Tables of Azure that hold what is written to them; nothing of ours fills them by itself. */
const keptTable = (table: AzureTable, name = table.name): TableDefinition => ({
  name,
  columns: plainColumns(table),
  engine: "MergeTree",
  partitionBy: "toYYYYMM(TimeGenerated)",
  orderBy: "TimeGenerated",
  // Not by chance: an insert that is made again has to find its rows on the same shard.
  shardBy: "cityHash64(TimeGenerated)",
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

/** An address of the Internet in a flow to one's own network, and not the one's own side of it. */
const isPublicSide = `a.flowType IN ('ExternalPublic', 'AzurePublic', 'MaliciousFlow') AND ${[
  "virtualNetwork",
  "site",
  "clientPool",
  "subscription",
]
  .map((fact) => `simpleJSONExtractString(a.place, '${fact}') = ''`)
  .join(" AND ")}`;

const addressView = (table: AzureTable, known: Expressions): ViewDefinition => ({
  name: table.name,
  select: `SELECT ${selectList(table, known)} FROM flow_address AS a FINAL WHERE ${isPublicSide}`,
  clusterSelect: `SELECT ${selectList(table, known)} FROM ${wholeAddresses} AS a WHERE ${isPublicSide}`,
});

/** Records of parts that are not merged yet are put together when they are read. */
const views: readonly ViewDefinition[] = [
  {
    name: azureTables.netAnalytics.name,
    select: netAnalyticsSelect(wholeRecords),
  },
  { name: azureTables.deduplicated.name, select: deduplicatedSelect(wholeRecords) },
  {
    name: legacyAnalytics.name,
    select: `SELECT ${selectList(legacyAnalytics, legacyFlows)} FROM ${wholeRecords}
     UNION ALL SELECT ${selectList(legacyAnalytics, legacyTopology)} FROM topology AS t`,
  },
  addressView(azureTables.ipDetails, ipDetails),
  addressView(azureTables.legacyIpDetails, legacyIpDetails),
  {
    name: azureTables.topologyDetails.name,
    select: `SELECT ${azureTables.topologyDetails.columns.map(({ name }) => name).join(", ")} FROM topology`,
  },
];

/** Indicators that the control plane wrote go when they no longer hold; what others wrote stays. */
export const expireIndicators = (layout: EngineLayout): string[] => [
  `ALTER TABLE ${localName(layout, azureTables.threatIndicator.name)}${onCluster(layout)}
   MODIFY TTL toDateTime(ExpirationDateTime) + toIntervalDay(1)
   DELETE WHERE startsWith(IndicatorId, 'nightcap-')`,
];

export const createKeptTables = (layout: EngineLayout): string[] =>
  keptTables.flatMap((table) => createTable(layout, table));

export const createViews = (layout: EngineLayout): string[] =>
  views.flatMap((view) => createView(layout, view));
