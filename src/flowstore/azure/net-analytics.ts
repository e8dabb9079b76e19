import * as e from "./expressions.ts";
import { azureTables } from "./tables.ts";
import { type Expressions, type SelectedColumn, selectList } from "./view.ts";

const side = (prefix: "Src" | "Dest", name: "source" | "destination"): Expressions => ({
  [`${prefix}Ip`]: e.sideAddress(name),
  [`${prefix}Subnet`]: e.area(name, "subnet"),
  [`${prefix}Vm`]: e.area(name, "virtualMachine"),
  [`${prefix}Nic`]: e.area(name, "networkInterface"),
  [`${prefix}Subscription`]: e.area(name, "subscription"),
  [`${prefix}Region`]: e.area(name, "region"),
  [`${prefix}LocalNetworkGateway`]: e.area(name, "site"),
  [`${prefix}PublicIps`]: e.publicAddresses(name),
  [`${prefix}ServiceTags`]: e.serviceTags(name),
});

/** Columns of NTANetAnalytics that are known (VNet flow logs; Traffic Analytics' schema page). */
export const netAnalytics: Expressions = {
  ...side("Src", "source"),
  ...side("Dest", "destination"),
  AclGroup: e.origin("aclId"),
  AclRule: e.origin("rule"),
  AllowedInFlows: e.flowsWhen(0, 0),
  AllowedOutFlows: e.flowsWhen(1, 0),
  DeniedInFlows: e.flowsWhen(0, 1),
  DeniedOutFlows: e.flowsWhen(1, 1),
  AzureRegion: `if(f.flowType = 'AzurePublic', ${e.remote("region")}, '')`,
  BytesDestToSrc: "f.bytesToSource",
  BytesSrcToDest: "f.bytesToDestination",
  PacketsDestToSrc: "f.packetsToSource",
  PacketsSrcToDest: "f.packetsToDestination",
  CompletedFlows: "f.ended",
  ConnectingVnets: e.connectingNetworks,
  ConnectionName: e.connection("connectionName"),
  ConnectionType: e.connection("connectionType"),
  Country: `if(f.flowType IN ('ExternalPublic', 'MaliciousFlow'), ${e.remote("country")}, '')`,
  DestPort: "f.destinationPort",
  FaSchemaVersion: "'3'",
  FlowDirection: "if(f.direction = 0, 'Inbound', 'Outbound')",
  FlowEncryption: e.encryptionName,
  FlowStartTime: "f.firstTime",
  FlowEndTime: e.flowEnd,
  FlowIntervalStartTime: "f.start",
  FlowIntervalEndTime: e.intervalEnd,
  FlowLogResourceId: e.shortId(e.origin("flowLogId")),
  FlowStatus: "if(f.isDenied, 'Denied', 'Allowed')",
  FlowType: "f.flowType",
  _IsBillable: "'False'",
  L4Protocol: e.protocolLetter,
  L7Protocol: e.l7Protocol,
  MacAddress: e.origin("macAddress"),
  RecordCount: "f.recordCount",
  SourceSystem: "'Nightcap'",
  SrcPorts: e.sourcePorts,
  SubType: "'FlowLog'",
  TargetResourceId: e.shortId(e.origin("targetId")),
  TargetResourceType: e.targetType,
  TimeGenerated: "f.lastTime",
  TimeProcessed: "f.processed",
  Type: "'NTANetAnalytics'",
};

export const netAnalyticsSelect = (from: string, columns?: readonly SelectedColumn[]): string =>
  `SELECT ${selectList(azureTables.netAnalytics, netAnalytics, columns)} FROM ${from}`;
