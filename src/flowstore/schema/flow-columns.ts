/** A column of a table: its name, its type, and how it is packed or computed. */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly rest?: string;
}

const word = "LowCardinality(String)";
const counter = { type: "UInt64", rest: "CODEC(T64, ZSTD(1))" };

/** What each row of `flow` keeps; with one column a fact the insert took about a third more CPU. */
export const keptColumns: readonly TableColumn[] = [
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
  // Facts that many rows share are one JSON text each, kept once in the column's dictionary. Functions
  // over such a column are computed once for each word, so that reading a fact out of it is cheap.
  { name: "origin", type: word },
  { name: "sourcePlace", type: word },
  { name: "destinationPlace", type: word },
  /** The part of a place that a traffic-analytics record keeps. */
  { name: "sourceArea", type: word },
  { name: "destinationArea", type: word },
  { name: "flowType", type: word, rest: "DEFAULT 'Unknown'" },
  { name: "l7Protocol", type: word },
  { name: "verdict", type: word },
  /** Azure's processing interval of the flow log, 10 or 60. */
  { name: "intervalMinutes", type: "UInt8", rest: "DEFAULT 60" },
  /** 1: not in the roll-ups that are filled as rows come, as too many came at once. */
  { name: "isRolledLater", type: "UInt8", rest: "DEFAULT 0" },
  {
    name: "ingested",
    type: "DateTime('UTC')",
    rest: "DEFAULT now('UTC') CODEC(Delta(4), ZSTD(1))",
  },
];

/** Facts of FlowOrigin. */
export const originFacts = ["flowLogId", "targetId", "macAddress", "aclId", "rule"] as const;

/** Facts of an Endpoint and its ThreatMatch that are text. */
export const placeTexts = [
  "virtualNetwork",
  "subnet",
  "virtualMachine",
  "networkInterface",
  "subscription",
  "region",
  "site",
  "clientPool",
  "scaleSet",
  "connectionType",
  "connectionName",
  "country",
  "city",
  "asOwner",
  "serviceTag",
  "threatList",
  "threatListVersion",
  "threatEntry",
  "threatType",
  "threatDescription",
  "threatFirstSeen",
] as const;

export const placeNumbers = ["asn", "isPublic"] as const;

/** Null where they are not known. */
export const placeCoordinates = ["latitude", "longitude"] as const;

/** Reads a text fact out of a column of words; the simple reader is computed for each word once, the full one for each row. */
export const factOf = (column: string, fact: string): string =>
  `simpleJSONExtractString(${column}, '${fact}')`;

const capital = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

const textAlias = (name: string, column: string, fact: string): TableColumn => ({
  name,
  type: "String",
  rest: `ALIAS ${factOf(column, fact)}`,
});

const numberAlias = (name: string, column: string, fact: string): TableColumn => ({
  name,
  type: "Float64",
  rest: `ALIAS JSONExtractFloat(${column}, '${fact}')`,
});

const coordinateAlias = (name: string, column: string, fact: string): TableColumn => ({
  name,
  type: "Nullable(Float64)",
  rest: `ALIAS JSONExtract(${column}, '${fact}', 'Nullable(Float64)')`,
});

const placeColumns = (side: "source" | "destination"): TableColumn[] => [
  ...placeTexts.map((fact) => textAlias(`${side}${capital(fact)}`, `${side}Place`, fact)),
  ...placeNumbers.map((fact) => numberAlias(`${side}${capital(fact)}`, `${side}Place`, fact)),
  ...placeCoordinates.map((fact) =>
    coordinateAlias(`${side}${capital(fact)}`, `${side}Place`, fact),
  ),
];

/** Facts under names of their own, read out of their words when they are asked for. */
const factColumns: readonly TableColumn[] = [
  ...originFacts.map((fact) => textAlias(fact, "origin", fact)),
  numberAlias("version", "origin", "version"),
  ...placeColumns("source"),
  ...placeColumns("destination"),
  textAlias("reason", "verdict", "reason"),
  textAlias("dataVersion", "verdict", "dataVersion"),
];

export const flowColumns: readonly TableColumn[] = [...keptColumns, ...factColumns];
