import { addressText } from "../azure/expressions.ts";
import type { EngineLayout } from "../engine.ts";
import { factOf } from "../schema/flow-columns.ts";
import { createRollUp, createTable, localName, type TableDefinition } from "../schema/table.ts";

/** Days that a destination is remembered after it was last seen; fewer where flows are kept for fewer. */
export const destinationDaysMax = 90;

/** Memory of adding what is there already, beyond which it goes on on disk. */
const groupBytesMax = 2 ** 28;

const word = "LowCardinality(String)";

/**
 * Which interface was let out to which external address, and when: a row for each week, so that it shows whether a
 * destination was away in between, and so that old weeks go as whole partitions. Ports are not in it: a host with
 * many of them at one address would fill it, and the rule for new destinations does not ask. Nor are there sums: what
 * may be added again, as first and last times may, needs no account of what was added already.
 *
 * Rows with a blank address say when an interface was let out to any of them: how long a host is known, in few rows,
 * which come first in each week. A table of their own, and a view to fill it, cost each small insert as much again.
 */
export const destinationTable: TableDefinition = {
  name: "flow_destination",
  engine: "AggregatingMergeTree",
  columns: [
    { name: "week", type: "Date" },
    /** As text, so that a condition on an address in a query finds its rows by the primary key. */
    { name: "address", type: "String", rest: "CODEC(ZSTD(1))" },
    /** Hash of flow log, target, interface and place: who talks. */
    { name: "host", type: "UInt64" },
    { name: "origin", type: `SimpleAggregateFunction(any, ${word})` },
    { name: "hostPlace", type: `SimpleAggregateFunction(any, ${word})` },
    { name: "place", type: `SimpleAggregateFunction(anyLast, ${word})` },
    { name: "flowType", type: `SimpleAggregateFunction(anyLast, ${word})` },
    { name: "firstSeen", type: "SimpleAggregateFunction(min, DateTime64(3, 'UTC'))" },
    { name: "lastSeen", type: "SimpleAggregateFunction(max, DateTime64(3, 'UTC'))" },
    { name: "firstProcessed", type: "SimpleAggregateFunction(min, DateTime('UTC'))" },
    { name: "lastProcessed", type: "SimpleAggregateFunction(max, DateTime('UTC'))" },
  ],
  partitionBy: "week",
  orderBy: "week, address, host",
  shardBy: "cityHash64(address)",
  keptDays: { column: "lastSeen", days: destinationDaysMax },
};

/** Hashes of words are computed for each word once, and put together for each row as numbers. */
const host = `cityHash64(${["flowLogId", "targetId", "macAddress"]
  .map((fact) => `cityHash64(${factOf("f.origin", fact)})`)
  .join(", ")}, cityHash64(f.sourcePlace))`;

const times = `min(d.firstSeen) AS firstSeen, max(d.lastSeen) AS lastSeen,
  min(d.firstProcessed) AS firstProcessed, max(d.lastProcessed) AS lastProcessed`;

const words = `any(d.origin) AS origin, any(d.hostPlace) AS hostPlace, anyLast(d.place) AS place,
  anyLast(d.flowType) AS flowType`;

/** What was let out, by week, address and host; one text for each address and not for each flow. */
const letOut = (from: string, where: string): string => `SELECT toMonday(f.time) AS week,
  ${addressText("f.destination")} AS remote, ${host} AS host,
  any(f.origin) AS origin, any(f.sourcePlace) AS hostPlace, anyLast(f.destinationPlace) AS place,
  anyLast(f.flowType) AS flowType, min(f.time) AS firstSeen, max(f.time) AS lastSeen,
  min(f.ingested) AS firstProcessed, max(f.ingested) AS lastProcessed
FROM ${from} AS f
WHERE f.direction = 1 AND f.state != 3 AND f.flowType IN ('ExternalPublic', 'MaliciousFlow') AND ${where}
GROUP BY week, f.destination, host`;

/** Gives rows of `flow_destination` in the order of its columns; place and type of one without an address mean nothing. */
const select = (
  from: string,
  where: string,
): string => `SELECT week, address, host, ${words}, ${times}
FROM (${letOut(from, where)}) AS d ARRAY JOIN [d.remote, ''] AS address
GROUP BY week, address, host`;

/** Adds what some rows of `flow` say: first and last times and words alone, so that it may be done again. */
export const addDestinations = (where: string): string =>
  `INSERT INTO ${destinationTable.name} ${select("flow", where)}
  SETTINGS max_bytes_before_external_group_by = ${groupBytesMax}, optimize_on_insert = 0`;

/** Each server rolls up its own rows, `from` its table of flows, so that two shards may know one destination. */
export const createDestinations = (layout: EngineLayout, from: string): string[] => [
  ...createTable(layout, destinationTable),
  ...createRollUp(layout, {
    name: destinationTable.name,
    to: localName(layout, destinationTable.name),
    // What comes by the hundred thousand is added with its roll-ups: here it would be a tenth of the import's cost, and more.
    select: select(from, "1"),
  }),
];

/** What several shards know, put together. */
export const wholeDestinations = `(SELECT week, address, host, ${words}, ${times}
  FROM flow_destination AS d WHERE d.address != '' GROUP BY week, address, host)`;

export const wholeHosts = `(SELECT week, host, ${words}, ${times}
  FROM flow_destination AS d WHERE d.address = '' GROUP BY week, host)`;
