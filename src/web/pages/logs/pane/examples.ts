/** A query that is worth asking; its words are `logsExample.NAME`. */
export interface Example {
  readonly name: string;
  /** The table that has to have rows. */
  readonly table: string;
  readonly query: string;
}

const bytes = "BytesSrcToDest + BytesDestToSrc";

/** From what most people ask first to what few know of. */
export const examples: readonly Example[] = [
  {
    name: "overTime",
    table: "NTANetAnalytics",
    query: `NTANetAnalytics
| summarize Bytes = sum(${bytes}) by bin(FlowIntervalStartTime, 10m), FlowDirection
| render timechart with (ytitle="Bytes")`,
  },
  {
    name: "talkers",
    table: "NTANetAnalytics",
    query: `// Each flow once, also where both sides were recorded.
NTANetAnalyticsDeduplicated
| summarize Bytes = sum(${bytes}), Flows = sum(AllowedInFlows + AllowedOutFlows) by SrcIp, DestIp
| top 20 by Bytes`,
  },
  {
    name: "services",
    table: "NTANetAnalytics",
    query: `NTANetAnalytics
| summarize Bytes = sum(${bytes}) by L7Protocol
| top 10 by Bytes
| render piechart`,
  },
  {
    name: "denied",
    table: "NTANetAnalytics",
    query: `NTANetAnalytics
| where FlowStatus == "Denied"
| summarize Flows = sum(DeniedInFlows + DeniedOutFlows) by AclRule, FlowDirection, DestPort
| top 20 by Flows`,
  },
  {
    name: "malicious",
    table: "NTAIpDetails",
    query: `NTAIpDetails
| where FlowType == "MaliciousFlow"
| summarize LastSeen = max(TimeGenerated) by Ip, Location, ThreatType, ThreatDescription
| order by LastSeen desc`,
  },
  {
    name: "countries",
    table: "NTAIpDetails",
    query: `NTAIpDetails
| where FlowType == "ExternalPublic"
| summarize Addresses = dcount(Ip) by Location
| top 15 by Addresses
| render barchart`,
  },
  {
    name: "tuples",
    table: "NightcapFlows",
    query: `NightcapFlows
| top 100 by TimeGenerated`,
  },
  {
    name: "newDestinations",
    table: "NightcapDestinations",
    query: `NightcapDestinations
| summarize FirstSeen = min(FirstSeen), LastSeen = max(LastSeen) by SrcVm, DestIp, DestAsOwner
| where FirstSeen > ago(1d)`,
  },
  {
    name: "topology",
    table: "NTATopologyDetails",
    query: `NTATopologyDetails
| summarize arg_max(TimeProcessed, *) by AzureResourceType, Name
| project AzureResourceType, Name, Region, PrivateIpAddresses, PublicIpAddresses, Nsg`,
  },
  {
    name: "threats",
    table: "ThreatIntelligenceIndicator",
    query: `ThreatIntelligenceIndicator
| summarize Addresses = dcount(NetworkIP) by ThreatType, Description
| order by Addresses desc`,
  },
];

/** Names the tables that have a row at all, which costs one row of each. */
export const tablesWithRowsQuery = (tables: readonly string[]): string =>
  `union ${tables.map((table) => `(${table} | take 1 | project Table = "${table}")`).join(", ")}`;
