import { flowTypes } from "../../traffic/classified-flows.ts";

/** A column of a table: its name, its type, and how it is packed. */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly rest?: string;
}

const word = "LowCardinality(String)";
const counter = { type: "UInt64", rest: "CODEC(T64, ZSTD(1))" };

/** What every flow record has: the columns of FlowBatch. */
export const recordColumns: readonly TableColumn[] = [
  { name: "time", type: "DateTime64(3, 'UTC')", rest: "CODEC(Delta(8), ZSTD(1))" },
  { name: "source", type: "IPv6", rest: "CODEC(ZSTD(1))" },
  { name: "destination", type: "IPv6", rest: "CODEC(ZSTD(1))" },
  { name: "sourcePort", type: "UInt16", rest: "CODEC(ZSTD(1))" },
  { name: "destinationPort", type: "UInt16", rest: "CODEC(ZSTD(1))" },
  { name: "protocol", type: "UInt8" },
  { name: "direction", type: "UInt8" },
  { name: "state", type: "UInt8" },
  { name: "encryption", type: "UInt8" },
  { name: "packetsToDestination", ...counter },
  { name: "bytesToDestination", ...counter },
  { name: "packetsToSource", ...counter },
  { name: "bytesToSource", ...counter },
  { name: "version", type: "UInt8" },
  { name: "flowLogId", type: word },
  { name: "targetId", type: word },
  { name: "macAddress", type: word },
  { name: "aclId", type: word },
  { name: "rule", type: word },
];

/** What classification knows of one side; each name comes twice, with the side before it. */
export const endpointColumns: readonly TableColumn[] = [
  { name: "VirtualNetwork", type: word },
  { name: "Subnet", type: word },
  { name: "VirtualMachine", type: word },
  { name: "NetworkInterface", type: word },
  { name: "Subscription", type: word },
  { name: "Region", type: word },
  { name: "Site", type: word },
  { name: "ClientPool", type: word },
  { name: "Country", type: word },
  { name: "City", type: word },
  { name: "Latitude", type: "Float32" },
  { name: "Longitude", type: "Float32" },
  { name: "Asn", type: "UInt32" },
  { name: "AsOwner", type: word },
  { name: "ServiceTag", type: word },
  { name: "ThreatList", type: word },
  { name: "ThreatListVersion", type: word },
  { name: "ThreatEntry", type: word },
  { name: "ThreatType", type: word },
  { name: "ThreatDescription", type: word },
  { name: "ThreatFirstSeen", type: word },
  { name: "IsPublic", type: "UInt8" },
];

export const sides = ["source", "destination"] as const;

/** What follows from both sides, and where it came from. */
export const verdictColumns: readonly TableColumn[] = [
  { name: "flowType", type: word, rest: `DEFAULT '${flowTypes[flowTypes.length - 1]}'` },
  { name: "reason", type: word },
  { name: "dataVersion", type: word },
];

/** What the table adds itself. */
export const bookColumns: readonly TableColumn[] = [
  /** Azure's processing interval of the flow log, 10 or 60. */
  { name: "intervalMinutes", type: "UInt8", rest: "DEFAULT 60" },
  {
    name: "ingested",
    type: "DateTime('UTC')",
    rest: "DEFAULT now('UTC') CODEC(Delta(4), ZSTD(1))",
  },
];

export const flowColumns: readonly TableColumn[] = [
  ...recordColumns,
  ...sides.flatMap((side) =>
    endpointColumns.map(({ name, type }) => ({ name: `${side}${name}`, type })),
  ),
  ...verdictColumns,
  ...bookColumns,
];
