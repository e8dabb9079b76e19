import type { TableColumn } from "./flow-columns.ts";
import type { TableDefinition } from "./table.ts";

const word = "LowCardinality(String)";

const sum = (name: string): TableColumn => ({
  name,
  type: "SimpleAggregateFunction(sum, UInt64)",
});

/** Counted in every roll-up; sums, so that late rows and parts not merged yet add up. */
const counters = [
  "recordCount",
  "begun",
  "ended",
  "denied",
  "packetsToDestination",
  "bytesToDestination",
  "packetsToSource",
  "bytesToSource",
];

const counterSelect = `count() AS recordCount, countIf(state = 0) AS begun,
  countIf(state = 2) AS ended, countIf(state = 3) AS denied,
  sum(f.packetsToDestination) AS packetsToDestination, sum(f.bytesToDestination) AS bytesToDestination,
  sum(f.packetsToSource) AS packetsToSource, sum(f.bytesToSource) AS bytesToSource`;

const counterSums = counters.map((name) => `sum(f.${name}) AS ${name}`).join(", ");

/** Source ports that a record lists; beyond it only the counts grow. */
const sourcePortCountMax = 32;

/** Address -> begun, ended, packets and bytes out and in: what a public side's list in a record shows. */
const addressCounts =
  "SimpleAggregateFunction(sumMap, Tuple(Array(IPv6), Array(UInt64), Array(UInt64), Array(UInt64), Array(UInt64), Array(UInt64), Array(UInt64)))";

/** Records as Traffic Analytics reduces them: in the flow log's own interval of 10 or 60 minutes. */
export const intervalTable: TableDefinition = {
  name: "flow_interval",
  engine: "AggregatingMergeTree",
  columns: [
    { name: "start", type: "DateTime('UTC')" },
    { name: "intervalMinutes", type: "UInt8" },
    { name: "isDenied", type: "UInt8" },
    { name: "direction", type: "UInt8" },
    { name: "protocol", type: "UInt8" },
    { name: "encryption", type: "UInt8" },
    /** Hash of the words below, which sort and compare slower than a number. */
    { name: "wordsHash", type: "UInt64" },
    { name: "destinationPort", type: "UInt16" },
    { name: "source", type: "IPv6", rest: "CODEC(ZSTD(1))" },
    { name: "destination", type: "IPv6", rest: "CODEC(ZSTD(1))" },
    { name: "origin", type: `SimpleAggregateFunction(any, ${word})` },
    { name: "flowType", type: `SimpleAggregateFunction(any, ${word})` },
    { name: "l7Protocol", type: `SimpleAggregateFunction(any, ${word})` },
    { name: "sourceArea", type: `SimpleAggregateFunction(any, ${word})` },
    { name: "destinationArea", type: `SimpleAggregateFunction(any, ${word})` },
    ...counters.map(sum),
    { name: "firstTime", type: "SimpleAggregateFunction(min, DateTime64(3, 'UTC'))" },
    { name: "lastTime", type: "SimpleAggregateFunction(max, DateTime64(3, 'UTC'))" },
    { name: "lastBegin", type: "SimpleAggregateFunction(max, DateTime64(3, 'UTC'))" },
    { name: "sourcePorts", type: "SimpleAggregateFunction(groupUniqArrayArray, Array(UInt16))" },
    { name: "sourceAddresses", type: addressCounts },
    { name: "destinationAddresses", type: addressCounts },
    { name: "processed", type: "SimpleAggregateFunction(max, DateTime('UTC'))" },
  ],
  partitionBy: "toMonday(start)",
  orderBy:
    "start, intervalMinutes, isDenied, direction, wordsHash, destinationPort, protocol, encryption, source, destination",
  // Rows lie by the interval's start, so that each granule has a narrow range of these as well.
  indexes: ["firstTime", "lastTime"],
  shardBy: "cityHash64(protocol, destinationPort, source, destination)",
};

/** Records as a view reads them: those of parts that are not merged yet are put together. */
export const wholeRecords = "flow_interval AS f FINAL";

const isBlank = (side: string): string => `startsWith(f.${side}Area, '{"blank"')`;

const countsOf = (side: string): string =>
  `sumMapIf(([f.${side}], [toUInt64(f.state IN (0, 3))], [toUInt64(f.state = 2)], [f.packetsToDestination],
    [f.packetsToSource], [f.bytesToDestination], [f.bytesToSource]), ${isBlank(side)}) AS ${side}Addresses`;

/** As in the record: no address where a side is counted by country or region. */
const keptAddress = (side: string): string =>
  `if(startsWith(${side}Area, '{"blank"'), toIPv6('::'), ${side})`;

/**
 * Which shard a flow is on. Made of nothing but what a record is grouped by, so that a record is whole on
 * one shard; and of what both records of a flow have alike, so that both are on the same.
 */
export const flowShard = `cityHash64(protocol, destinationPort, ${keptAddress("source")}, ${keptAddress("destination")})`;

/** When the interval of a row of `flow` begins. */
export const intervalStart =
  "if(f.intervalMinutes = 10, toStartOfTenMinutes(f.time), toStartOfHour(f.time))";

/** Reads rows of `flow` (alias `f`) that fulfil a condition, gives rows of `flow_interval`. */
export const intervalSelect = (where: string): string => `SELECT
  ${intervalStart} AS start,
  f.intervalMinutes AS intervalMinutes, f.state = 3 AS isDenied, f.direction AS direction, f.protocol AS protocol,
  f.encryption AS encryption,
  cityHash64(f.origin, f.flowType, f.sourceArea, f.destinationArea) AS wordsHash, f.destinationPort AS destinationPort,
  if(${isBlank("source")}, toIPv6('::'), f.source) AS source,
  if(${isBlank("destination")}, toIPv6('::'), f.destination) AS destination,
  any(f.origin) AS origin, any(f.flowType) AS flowType,
  any(f.l7Protocol) AS l7Protocol, any(f.sourceArea) AS sourceArea,
  any(f.destinationArea) AS destinationArea, ${counterSelect},
  min(time) AS firstTime, max(time) AS lastTime, maxIf(time, state IN (0, 3)) AS lastBegin,
  groupUniqArray(${sourcePortCountMax})(sourcePort) AS sourcePorts,
  ${countsOf("source")}, ${countsOf("destination")}, max(ingested) AS processed
FROM {flow} AS f WHERE ${where}
GROUP BY start, intervalMinutes, isDenied, direction, protocol, encryption, wordsHash, destinationPort, source, destination`;

/** Public addresses of classified flows, and what is known of them. */
export const addressTable: TableDefinition = {
  name: "flow_address",
  engine: "AggregatingMergeTree",
  columns: [
    { name: "start", type: "DateTime('UTC')" },
    { name: "intervalMinutes", type: "UInt8" },
    { name: "flowType", type: word },
    { name: "address", type: "IPv6" },
    { name: "place", type: `SimpleAggregateFunction(anyLast, ${word})` },
    { name: "port", type: "SimpleAggregateFunction(min, UInt16)" },
    { name: "recordCount", type: "SimpleAggregateFunction(sum, UInt64)" },
    { name: "lastTime", type: "SimpleAggregateFunction(max, DateTime64(3, 'UTC'))" },
  ],
  partitionBy: "toMonday(start)",
  orderBy: "start, intervalMinutes, flowType, address",
  shardBy: "cityHash64(address)",
};

/** Addresses are counted on each shard that has flows of them, and put together when a cluster is asked. */
export const wholeAddresses = `(SELECT start, intervalMinutes, flowType, address, anyLast(a.place) AS place, min(a.port) AS port,
  sum(a.recordCount) AS recordCount, max(a.lastTime) AS lastTime
  FROM flow_address AS a GROUP BY start, intervalMinutes, flowType, address)`;

/** Gives rows of `flow_address`: one for each public side. */
export const addressSelect = (where: string): string => `SELECT
  ${intervalStart} AS start,
  f.intervalMinutes AS intervalMinutes, f.flowType AS flowType, side.1 AS address,
  any(side.2) AS place, min(f.destinationPort) AS port, count() AS recordCount, max(f.time) AS lastTime
FROM {flow} AS f
ARRAY JOIN arrayFilter(one -> position(one.2, '"isPublic":1') > 0,
  [(f.source, toString(f.sourcePlace)), (f.destination, toString(f.destinationPlace))]) AS side
WHERE (f.sourcePlace != '' OR f.destinationPlace != '') AND ${where}
GROUP BY start, intervalMinutes, flowType, address`;

/** What boards filter and group by when they do not ask for single addresses. */
const boardKeys: readonly TableColumn[] = [
  { name: "origin", type: word },
  { name: "direction", type: "UInt8" },
  { name: "protocol", type: "UInt8" },
  { name: "flowType", type: word },
  { name: "sourceSubnet", type: word },
  { name: "destinationSubnet", type: word },
  { name: "country", type: word },
  { name: "service", type: "UInt16" },
];

/** Totals without addresses, for boards over time: 1, 10 and 60 minutes. */
export const boardTable = (minutes: number): TableDefinition => ({
  name: `flow_${minutes}m`,
  engine: "AggregatingMergeTree",
  columns: [{ name: "start", type: "DateTime('UTC')" }, ...boardKeys, ...counters.map(sum)],
  partitionBy: "toMonday(start)",
  orderBy: `start, ${boardKeys.map(({ name }) => name).join(", ")}`,
  shardBy: "cityHash64(origin)",
});

/** Ports below it are services; the rest is counted under 0, as random ports would be rows of their own. */
const servicePortsEnd = 1024;
const boardKeyNames = boardKeys.map(({ name }) => name).join(", ");

/** Gives rows of `flow_1m`. */
export const boardSelect = (
  where: string,
): string => `SELECT toStartOfMinute(f.time) AS start, f.origin AS origin, f.direction AS direction,
  f.protocol AS protocol, f.flowType AS flowType,
  simpleJSONExtractString(f.sourceArea, 'subnet') AS sourceSubnet,
  simpleJSONExtractString(f.destinationArea, 'subnet') AS destinationSubnet,
  simpleJSONExtractString(if(f.direction = 0, f.sourceArea, f.destinationArea), 'country') AS country,
  if(destinationPort < ${servicePortsEnd}, destinationPort, 0) AS service, ${counterSelect}
FROM {flow} AS f WHERE ${where} GROUP BY start, ${boardKeyNames}`;

/** Reads a finer board table, gives rows of a coarser one. */
export const coarserBoardSelect = (from: string, minutes: number): string =>
  `SELECT toStartOfInterval(f.start, INTERVAL ${minutes} MINUTE) AS start,
  ${boardKeys.map(({ name }) => `f.${name} AS ${name}`).join(", ")}, ${counterSums}
FROM ${from} AS f GROUP BY start, ${boardKeyNames}`;
