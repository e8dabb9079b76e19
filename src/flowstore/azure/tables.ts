import * as lists from "./column-lists.ts";

/** Kusto's types that occur in these tables. */
export type AzureColumnType = "string" | "long" | "int" | "real" | "bool" | "datetime";

export interface AzureColumn {
  readonly name: string;
  readonly type: AzureColumnType;
  /** Some rows have no such moment, and then no value; all other columns have one in each row, a blank one if need be. */
  readonly nullable: boolean;
}

/** A table under Azure's name: plain data, for whoever translates or lists. */
export interface AzureTable {
  readonly name: string;
  readonly columns: readonly AzureColumn[];
}

/** The types that the views give to ClickHouse, of columns that are never null. */
export const columnTypes: Readonly<Record<AzureColumnType, string>> = {
  string: "String",
  long: "Int64",
  int: "Int32",
  real: "Float64",
  bool: "Bool",
  datetime: "DateTime64(7, 'UTC')",
};

export const columnTypeOf = ({ type, nullable }: AzureColumn): string =>
  nullable ? `Nullable(${columnTypes[type]})` : columnTypes[type];

/** Columns as `name:type`, behind the type a `?` for one that may be null. */
export function parseTable(name: string, list: string): AzureTable {
  const columns = list
    .trim()
    .split(/\s+/)
    .map((column) => {
      const [columnName = "", type = ""] = column.split(/[:?]/);
      const nullable = column.endsWith("?");
      return { name: columnName, type: type as AzureColumnType, nullable };
    });
  return { name, columns };
}

const topologyDetails = parseTable("NTATopologyDetails", lists.topologyDetailsColumns);
const legacyFlows = parseTable("AzureNetworkAnalytics_CL", lists.legacyAnalyticsColumns);

const suffixes = { string: "_s", real: "_d", bool: "_b", datetime: "_t", long: "_d", int: "_d" };

/** The name of a column of NTATopologyDetails in the older table: with a suffix for its type, and IP and NSG in capitals. */
const olderName = ({ name, type }: AzureColumn): string =>
  `${name
    .replace(/Ip(?![a-rt-z])/g, "IP")
    .replace(/^Nsg/, "NSG")
    .replace(/^Mac/, "MAC")}${suffixes[type]}`;

const isOfTopology = ({ name }: AzureColumn): boolean =>
  !name.startsWith("_") && !legacyFlows.columns.some((column) => column.name === name);

/** Columns of NTATopologyDetails, each with its name in AzureNetworkAnalytics_CL. */
export const topologyNames: readonly (readonly [string, string])[] = topologyDetails.columns
  .filter(isOfTopology)
  .map((column) => [column.name, olderName(column)] as const);

/** A table whose columns came to be as rows were written: what flows do not have, topology added. */
function withTopology(flows: AzureTable): AzureTable {
  const known = new Set(flows.columns.map(({ name }) => name));
  const added = topologyDetails.columns
    .filter((column) => isOfTopology(column) && !known.has(olderName(column)))
    .map((column) => ({
      name: olderName(column),
      type: olderType(column.type),
      nullable: column.nullable,
    }));
  return { name: flows.name, columns: [...flows.columns, ...added] };
}

/** Custom tables know no whole numbers. */
const olderType = (type: AzureColumnType): AzureColumnType =>
  type === "long" || type === "int" ? "real" : type;

export const azureTables = {
  netAnalytics: parseTable("NTANetAnalytics", lists.netAnalyticsColumns),
  /** Ours: NTANetAnalytics with each flow once. */
  deduplicated: parseTable("NTANetAnalyticsDeduplicated", lists.netAnalyticsColumns),
  ipDetails: parseTable("NTAIpDetails", lists.ipDetailsColumns),
  topologyDetails,
  insights: parseTable("NTAInsights", lists.insightsColumns),
  legacyAnalytics: withTopology(legacyFlows),
  legacyIpDetails: parseTable("AzureNetworkAnalyticsIPDetails_CL", lists.legacyIpDetailsColumns),
  diagnostics: parseTable("AzureDiagnostics", lists.diagnosticsColumns),
  threatIndicator: parseTable("ThreatIntelligenceIndicator", lists.threatIndicatorColumns),
} as const satisfies Record<string, AzureTable>;

/** All tables that a query may name. */
export const azureTableList: readonly AzureTable[] = Object.values(azureTables);
