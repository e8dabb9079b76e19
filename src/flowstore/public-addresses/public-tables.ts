import { type AzureTable, parseTable } from "../azure/tables.ts";

/**
 * Ours: flows by public address. Azure's tables have the addresses of ExternalPublic and AzurePublic as lists in a
 * text, which a question about one address would have to take apart in each record.
 */
export const publicFlowsTable: AzureTable = parseTable(
  "NightcapPublicFlows",
  `TimeGenerated:datetime FlowIntervalStartTime:datetime FlowIntervalEndTime:datetime Ip:string
   FlowType:string FlowDirection:string FlowStatus:string Country:string AzureRegion:string LocalIp:string
   LocalVm:string LocalSubnet:string LocalSubscription:string AclGroup:string AclRule:string DestPort:int
   L4Protocol:string L7Protocol:string Flows:long CompletedFlows:long PacketsSrcToDest:long
   PacketsDestToSrc:long BytesSrcToDest:long BytesDestToSrc:long`,
);

/** Ours: what NTAIpDetails has no columns for: place, owner, and the threat list with its entry. */
export const publicDetailsTable: AzureTable = parseTable(
  "NightcapIpDetails",
  `TimeGenerated:datetime FlowIntervalStartTime:datetime FlowIntervalEndTime:datetime Ip:string
   FlowType:string Country:string City:string HasLocation:bool Latitude:real Longitude:real Asn:long
   AsOwner:string ServiceTag:string Region:string ThreatType:string ThreatDescription:string
   ThreatList:string ThreatListVersion:string ThreatEntry:string ThreatFirstSeen:string RecordCount:long`,
);

export const publicTables: readonly AzureTable[] = [publicFlowsTable, publicDetailsTable];
