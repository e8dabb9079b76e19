import * as lists from "./column-lists.ts";

/** Kusto's types that occur in these tables. */
export type AzureColumnType = "string" | "long" | "int" | "real" | "bool" | "datetime";

export interface AzureColumn {
  readonly name: string;
  readonly type: AzureColumnType;
}

/** A table under Azure's name: plain data, for whoever translates or lists. */
export interface AzureTable {
  readonly name: string;
  readonly columns: readonly AzureColumn[];
}

/** The types that the views give to ClickHouse; none of the columns is ever null. */
export const columnTypes: Readonly<Record<AzureColumnType, string>> = {
  string: "String",
  long: "Int64",
  int: "Int32",
  real: "Float64",
  bool: "Bool",
  datetime: "DateTime64(7, 'UTC')",
};

function parseTable(name: string, list: string): AzureTable {
  const columns = list
    .trim()
    .split(/\s+/)
    .map((column) => {
      const [columnName = "", type = ""] = column.split(":");
      return { name: columnName, type: type as AzureColumnType };
    });
  return { name, columns };
}

export const azureTables = {
  netAnalytics: parseTable("NTANetAnalytics", lists.netAnalyticsColumns),
  /** Ours: NTANetAnalytics with each flow once. */
  deduplicated: parseTable("NTANetAnalyticsDeduplicated", lists.netAnalyticsColumns),
  ipDetails: parseTable("NTAIpDetails", lists.ipDetailsColumns),
  topologyDetails: parseTable("NTATopologyDetails", lists.topologyDetailsColumns),
  insights: parseTable("NTAInsights", lists.insightsColumns),
  legacyAnalytics: parseTable("AzureNetworkAnalytics_CL", lists.legacyAnalyticsColumns),
  legacyIpDetails: parseTable("AzureNetworkAnalyticsIPDetails_CL", lists.legacyIpDetailsColumns),
  diagnostics: parseTable("AzureDiagnostics", lists.diagnosticsColumns),
  threatIndicator: parseTable("ThreatIntelligenceIndicator", lists.threatIndicatorColumns),
} as const satisfies Record<string, AzureTable>;

/** All tables that a query may name. */
export const azureTableList: readonly AzureTable[] = Object.values(azureTables);
