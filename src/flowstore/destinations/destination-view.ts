import { type AzureTable, parseTable } from "../azure/tables.ts";
import { type Expressions, selectList } from "../azure/view.ts";
import type { EngineLayout } from "../engine.ts";
import { factOf } from "../schema/flow-columns.ts";
import { createView } from "../schema/shard-view.ts";
import { machineId } from "../tuples/machine-id.ts";
import { destinationTable, wholeDestinations, wholeHosts } from "./destination-table.ts";

/** Ours: the external addresses that each interface was let out to, in each week. */
export const destinationsTable: AzureTable = parseTable(
  "NightcapDestinations",
  `TimeGenerated:datetime TimeProcessed:datetime WeekStart:datetime FirstSeen:datetime LastSeen:datetime
   FirstProcessed:datetime SrcVm:string SrcNic:string SrcSubnet:string SrcSubscription:string
   VirtualMachineId:string DestIp:string DestCountry:string DestAsn:long DestAsOwner:string FlowType:string
   ThreatType:string ThreatDescription:string ThreatList:string ThreatEntry:string
   FlowLogResourceId:string TargetResourceId:string MacAddress:string`,
);

/** Ours: the same without the addresses. */
export const hostsTable: AzureTable = {
  name: "NightcapHosts",
  columns: destinationsTable.columns.filter(
    ({ name }) => !/^(Dest|Threat)/.test(name) && name !== "FlowType",
  ),
};

const host = (fact: string): string => factOf("d.hostPlace", fact);
const remote = (fact: string): string => factOf("d.place", fact);

const ofHost: Expressions = {
  // Known from then on, whatever comes later: a query about a time that is over finds what was known by then.
  TimeGenerated: "d.firstSeen",
  TimeProcessed: "d.lastProcessed",
  WeekStart: "d.week",
  FirstSeen: "d.firstSeen",
  LastSeen: "d.lastSeen",
  FirstProcessed: "d.firstProcessed",
  SrcVm: host("virtualMachine"),
  SrcNic: host("networkInterface"),
  SrcSubnet: host("subnet"),
  SrcSubscription: host("subscription"),
  VirtualMachineId: machineId(host),
  FlowLogResourceId: factOf("d.origin", "flowLogId"),
  TargetResourceId: factOf("d.origin", "targetId"),
  MacAddress: factOf("d.origin", "macAddress"),
};

const ofDestination: Expressions = {
  ...ofHost,
  DestIp: "d.address",
  DestCountry: remote("country"),
  DestAsn: "simpleJSONExtractFloat(d.place, 'asn')",
  DestAsOwner: remote("asOwner"),
  FlowType: "d.flowType",
  ThreatType: remote("threatType"),
  ThreatDescription: remote("threatDescription"),
  ThreatList: remote("threatList"),
  ThreatEntry: remote("threatEntry"),
};

const destinations = `SELECT ${selectList(destinationsTable, ofDestination)}`;
const hosts = `SELECT ${selectList(hostsTable, ofHost)}`;

export const createDestinationViews = (layout: EngineLayout): string[] => [
  ...createView(layout, {
    name: destinationsTable.name,
    select: `${destinations} FROM ${destinationTable.name} AS d FINAL WHERE d.address != ''`,
    clusterSelect: `${destinations} FROM ${wholeDestinations} AS d`,
  }),
  ...createView(layout, {
    name: hostsTable.name,
    select: `${hosts} FROM ${destinationTable.name} AS d FINAL WHERE d.address = ''`,
    clusterSelect: `${hosts} FROM ${wholeHosts} AS d`,
  }),
];
