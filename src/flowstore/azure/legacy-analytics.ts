import * as e from "./expressions.ts";
import { topologyNames } from "./tables.ts";
import type { Expressions } from "./view.ts";

const side = (number: 1 | 2, name: "source" | "destination"): Expressions => ({
  [`Subnet${number}_s`]: e.area(name, "subnet"),
  [`VM${number}_s`]: e.area(name, "virtualMachine"),
  [`NIC${number}_s`]: e.area(name, "networkInterface"),
  [`Subscription${number}_g`]: e.area(name, "subscription"),
  [`Region${number}_s`]: e.area(name, "region"),
  [`LocalNetworkGateway${number}_s`]: e.area(name, "site"),
});

const ruleLine = `concat('0|', ${e.origin("rule")}, '|', if(f.direction = 0, 'I', 'O'), '|',
  if(f.isDenied, 'D', 'A'), '|', toString(${e.flowCount}))`;

const publicText = `trim(BOTH ' ' FROM concat(${e.publicAddresses("source")}, ' ', ${e.publicAddresses("destination")}))`;

/** Columns of AzureNetworkAnalytics_CL for flows (NSG flow logs; letters where the newer table has words). */
export const legacyFlows: Expressions = {
  ...side(1, "source"),
  ...side(2, "destination"),
  SubType_s: "'FlowLog'",
  FASchemaVersion_s: "'2'",
  TimeProcessed_t: "f.processed",
  FlowIntervalStartTime_t: "f.start",
  FlowIntervalEndTime_t: e.intervalEnd,
  FlowStartTime_t: "f.firstTime",
  FlowEndTime_t: e.flowEnd,
  FlowType_s: "f.flowType",
  SrcIP_s: e.sideAddress("source"),
  DestIP_s: e.sideAddress("destination"),
  VMIP_s: `if(f.direction = 0, ${e.sideAddress("destination")}, ${e.sideAddress("source")})`,
  DestPort_d: "f.destinationPort",
  L4Protocol_s: e.protocolLetter,
  L7Protocol_s: e.l7Protocol,
  FlowDirection_s: "if(f.direction = 0, 'I', 'O')",
  FlowStatus_s: "if(f.isDenied, 'D', 'A')",
  NSGList_s: e.shortId(e.origin("aclId")),
  NSGRules_s: ruleLine,
  NSGRule_s: e.origin("rule"),
  NSGRuleType_s: `if(match(${e.origin("rule")}, '^DefaultRule_'), 'Default', 'User Defined')`,
  MACAddress_s: e.origin("macAddress"),
  Subscription_g: e.captured("subscription"),
  Region_s: e.captured("region"),
  NIC_s: e.captured("networkInterface"),
  VM_s: e.captured("virtualMachine"),
  Subnet_s: e.captured("subnet"),
  ConnectionName_s: e.connection("connectionName"),
  ConnectionType_s: e.connection("connectionType"),
  ConnectingVNets_s: e.connectingNetworks,
  Country_s: `if(f.flowType IN ('ExternalPublic', 'MaliciousFlow'), ${e.remote("country")}, '')`,
  AzureRegion_s: `if(f.flowType = 'AzurePublic', ${e.remote("region")}, '')`,
  AllowedInFlows_d: e.flowsWhen(0, 0),
  DeniedInFlows_d: e.flowsWhen(0, 1),
  AllowedOutFlows_d: e.flowsWhen(1, 0),
  DeniedOutFlows_d: e.flowsWhen(1, 1),
  FlowCount_d: e.flowCount,
  InboundPackets_d: e.inbound("packets"),
  OutboundPackets_d: e.outbound("packets"),
  InboundBytes_d: e.inbound("bytes"),
  OutboundBytes_d: e.outbound("bytes"),
  CompletedFlows_d: "f.ended",
  PublicIPs_s: publicText,
  SrcPublicIPs_s: e.publicAddresses("source"),
  DestPublicIPs_s: e.publicAddresses("destination"),
  TimeGenerated: "f.lastTime",
  SourceSystem: "'Nightcap'",
  Type: "'AzureNetworkAnalytics_CL'",
};

/** Columns of the same table for topology: those of NTATopologyDetails under the older names. */
export const legacyTopology: Expressions = {
  ...Object.fromEntries(
    topologyNames.map(([name, legacyName]) => [legacyName, `t.${name}`] as const),
  ),
  SubType_s: "'Topology'",
  TimeProcessed_t: "t.TimeProcessed",
  TimeGenerated: "t.TimeGenerated",
  Subscription_g: "t.Subscription",
  ResourceType: "t.AzureResourceType",
  SourceSystem: "'Nightcap'",
  Type: "'AzureNetworkAnalytics_CL'",
};
