/** What a row of each table is, for editors that explain names. */
export const tableDescriptions: Readonly<Record<string, string>> = {
  NTANetAnalytics:
    "Flows by pair of addresses, port, rule and direction, one row for each interval of 10 or 60 minutes",
  NTANetAnalyticsDeduplicated:
    "NTANetAnalytics with flows that both sides recorded counted once (Nightcap's own)",
  NTAIpDetails: "Public addresses that flows had, by flow type and interval",
  NTATopologyDetails: "Networks, interfaces, machines and rules, as they were at TimeProcessed",
  NTAInsights: "Anomalies of traffic; always empty here",
  AzureNetworkAnalytics_CL: "Flows and topology under the names of the older schema",
  AzureNetworkAnalyticsIPDetails_CL: "Public addresses under the names of the older schema",
  AzureDiagnostics: "Diagnostic logs of resources; always empty here",
  ThreatIntelligenceIndicator: "Addresses on threat lists, for queries that join flows with them",
  NightcapFlows: "Single tuples of flow logs, as hosts wrote them (Nightcap's own)",
  NightcapDestinations:
    "External addresses that interfaces were let out to, by week (Nightcap's own)",
  NightcapHosts: "NightcapDestinations without the addresses (Nightcap's own)",
  NightcapPublicFlows: "Public addresses of records, each with its own counters (Nightcap's own)",
  NightcapIpDetails: "NTAIpDetails with city, coordinates, owner and threat list (Nightcap's own)",
};
