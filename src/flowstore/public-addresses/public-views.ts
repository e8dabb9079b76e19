import * as e from "../azure/expressions.ts";
import { type Expressions, type SelectedColumn, selectList } from "../azure/view.ts";
import type { EngineLayout } from "../engine.ts";
import { wholeAddresses, wholeRecords } from "../schema/roll-ups.ts";
import { createView } from "../schema/shard-view.ts";
import { publicDetailsTable, publicFlowsTable } from "./public-tables.ts";

type Side = "source" | "destination";

/** A record's list of one side: address, flows, ended, packets and bytes each way, and which side it is. */
const listed = (side: Side, isSource: 0 | 1): string => `arrayMap(
  (address, begun, ended, packetsTo, packetsFrom, bytesTo, bytesFrom) ->
    (address, greatest(begun, 1), ended, packetsTo, packetsFrom, bytesTo, bytesFrom, ${isSource}),
  ${[1, 2, 3, 4, 5, 6, 7].map((index) => `f.${side}Addresses.${index}`).join(", ")})`;

/** A malicious address stands in the record itself, at the side that is not logged. */
const malicious = `if(f.flowType = 'MaliciousFlow', [(if(f.direction = 0, f.source, f.destination),
  toUInt64(${e.flowCount}), f.ended, f.packetsToDestination, f.packetsToSource, f.bytesToDestination,
  f.bytesToSource, toUInt8(f.direction = 0))], [])`;

const local = (fact: string): string =>
  `if(one.8 = 1, ${e.area("destination", fact)}, ${e.area("source", fact)})`;

const publicFlows: Expressions = {
  TimeGenerated: "f.lastTime",
  FlowIntervalStartTime: "f.start",
  FlowIntervalEndTime: e.intervalEnd,
  Ip: e.addressText("one.1"),
  FlowType: "f.flowType",
  FlowDirection: "if(f.direction = 0, 'Inbound', 'Outbound')",
  FlowStatus: "if(f.isDenied, 'Denied', 'Allowed')",
  Country: `if(f.flowType IN ('ExternalPublic', 'MaliciousFlow'), ${e.remote("country")}, '')`,
  AzureRegion: `if(f.flowType = 'AzurePublic', ${e.remote("region")}, '')`,
  LocalIp: `if(one.8 = 1, ${e.sideAddress("destination")}, ${e.sideAddress("source")})`,
  LocalVm: local("virtualMachine"),
  LocalSubnet: local("subnet"),
  LocalSubscription: local("subscription"),
  AclGroup: e.origin("aclId"),
  AclRule: e.origin("rule"),
  DestPort: "f.destinationPort",
  L4Protocol: e.protocolLetter,
  L7Protocol: e.l7Protocol,
  Flows: "one.2",
  CompletedFlows: "one.3",
  PacketsSrcToDest: "one.4",
  PacketsDestToSrc: "one.5",
  BytesSrcToDest: "one.6",
  BytesDestToSrc: "one.7",
};

export const publicFlowsSelect = (from: string, columns?: readonly SelectedColumn[]): string =>
  `SELECT ${selectList(publicFlowsTable, publicFlows, columns)} FROM ${from}
    ARRAY JOIN arrayConcat(${listed("source", 1)}, ${listed("destination", 0)}, ${malicious}) AS one`;

const fact = (name: string): string => `simpleJSONExtractString(a.place, '${name}')`;
/** The simple readers are computed once for each word; 0 stands in it as text, which they read as 0 too. */
const number = (name: string): string => `simpleJSONExtractFloat(a.place, '${name}')`;

const publicDetails: Expressions = {
  TimeGenerated: "a.lastTime",
  FlowIntervalStartTime: "a.start",
  FlowIntervalEndTime: "a.start + toIntervalMinute(a.intervalMinutes)",
  Ip: e.addressText("a.address"),
  FlowType: "a.flowType",
  Country: fact("country"),
  City: fact("city"),
  HasLocation: "simpleJSONHas(a.place, 'latitude') AND simpleJSONHas(a.place, 'longitude')",
  Latitude: number("latitude"),
  Longitude: number("longitude"),
  Asn: number("asn"),
  AsOwner: fact("asOwner"),
  ServiceTag: fact("serviceTag"),
  Region: fact("region"),
  ThreatType: fact("threatType"),
  ThreatDescription: fact("threatDescription"),
  ThreatList: fact("threatList"),
  ThreatListVersion: fact("threatListVersion"),
  ThreatEntry: fact("threatEntry"),
  ThreatFirstSeen: fact("threatFirstSeen"),
  RecordCount: "a.recordCount",
};

const details = `SELECT ${selectList(publicDetailsTable, publicDetails)}`;

export const createPublicViews = (layout: EngineLayout): string[] => [
  ...createView(layout, {
    name: publicFlowsTable.name,
    select: publicFlowsSelect(wholeRecords),
  }),
  ...createView(layout, {
    name: publicDetailsTable.name,
    select: `${details} FROM flow_address AS a FINAL`,
    clusterSelect: `${details} FROM ${wholeAddresses} AS a`,
  }),
];
