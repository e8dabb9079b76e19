import { type AzureTable, parseTable } from "../azure/tables.ts";
import { addressText } from "../azure/expressions.ts";
import { type Expressions, selectList } from "../azure/view.ts";
import type { EngineLayout } from "../engine.ts";
import { factOf } from "../schema/flow-columns.ts";
import { createView } from "../schema/shard-view.ts";
import { machineId } from "./machine-id.ts";

/**
 * Every tuple by itself, as soon as it is in the table: Azure's tables have records of ten minutes or an hour, which is
 * too coarse for "in the last 30 seconds". Columns that Azure has keep Azure's names and meanings.
 */
export const tupleTable: AzureTable = parseTable(
  "NightcapFlows",
  `TimeGenerated:datetime TimeProcessed:datetime FlowState:string FlowStatus:string
   FlowDirection:string FlowType:string SrcIp:string SrcPort:int DestIp:string DestPort:int
   RemoteIp:string L4Protocol:string L7Protocol:string AclGroup:string AclRule:string
   PacketsSrcToDest:long BytesSrcToDest:long PacketsDestToSrc:long BytesDestToSrc:long
   SrcVm:string SrcSubnet:string SrcSubscription:string SrcCountry:string SrcAsOwner:string
   DestVm:string DestSubnet:string DestSubscription:string DestCountry:string DestAsOwner:string
   VirtualMachineId:string ThreatType:string ThreatDescription:string ThreatList:string
   ThreatEntry:string ThreatFirstSeen:string Reason:string FlowLogResourceId:string
   TargetResourceId:string MacAddress:string`,
);

const state = "arrayElement(['Begin', 'Continue', 'End', 'Denied'], f.state + 1)";

/** Fact of the side at whose network interface the tuple was recorded. */
const recorded = (fact: string): string =>
  `if(f.direction = 0, ${factOf("f.destinationPlace", fact)}, ${factOf("f.sourcePlace", fact)})`;

/** Fact of a threat, of whichever side has one. */
const threat = (fact: string): string =>
  `if(${factOf("f.destinationPlace", fact)} != '', ${factOf("f.destinationPlace", fact)}, ${factOf("f.sourcePlace", fact)})`;

const side = (prefix: "Src" | "Dest", name: "source" | "destination"): Expressions => ({
  [`${prefix}Ip`]: addressText(`f.${name}`),
  [`${prefix}Port`]: `f.${name}Port`,
  [`${prefix}Vm`]: factOf(`f.${name}Place`, "virtualMachine"),
  [`${prefix}Subnet`]: factOf(`f.${name}Place`, "subnet"),
  [`${prefix}Subscription`]: factOf(`f.${name}Place`, "subscription"),
  [`${prefix}Country`]: factOf(`f.${name}Place`, "country"),
  [`${prefix}AsOwner`]: factOf(`f.${name}Place`, "asOwner"),
});

const expressions: Expressions = {
  ...side("Src", "source"),
  ...side("Dest", "destination"),
  TimeGenerated: "f.time",
  TimeProcessed: "f.ingested",
  FlowState: state,
  FlowStatus: "if(f.state = 3, 'Denied', 'Allowed')",
  FlowDirection: "if(f.direction = 0, 'Inbound', 'Outbound')",
  FlowType: "f.flowType",
  RemoteIp: addressText("if(f.direction = 0, f.source, f.destination)"),
  L4Protocol: "multiIf(f.protocol = 6, 'T', f.protocol = 17, 'U', toString(f.protocol))",
  L7Protocol: "f.l7Protocol",
  AclGroup: factOf("f.origin", "aclId"),
  AclRule: factOf("f.origin", "rule"),
  PacketsSrcToDest: "f.packetsToDestination",
  BytesSrcToDest: "f.bytesToDestination",
  PacketsDestToSrc: "f.packetsToSource",
  BytesDestToSrc: "f.bytesToSource",
  VirtualMachineId: machineId(recorded),
  ThreatType: threat("threatType"),
  ThreatDescription: threat("threatDescription"),
  ThreatList: threat("threatList"),
  ThreatEntry: threat("threatEntry"),
  ThreatFirstSeen: threat("threatFirstSeen"),
  Reason: factOf("f.verdict", "reason"),
  FlowLogResourceId: factOf("f.origin", "flowLogId"),
  TargetResourceId: factOf("f.origin", "targetId"),
  MacAddress: factOf("f.origin", "macAddress"),
};

export const createTupleView = (layout: EngineLayout): string[] =>
  createView(layout, {
    name: tupleTable.name,
    select: `SELECT ${selectList(tupleTable, expressions)} FROM flow AS f`,
  });
