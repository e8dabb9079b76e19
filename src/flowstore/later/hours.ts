import { intervalStart } from "../schema/roll-ups.ts";
import type { TableDefinition } from "../schema/table.ts";

/**
 * How many rows each interval has; whoever asks which intervals there are need not read their records. And of each
 * hour, how much of it is rolled up: rows that come by the hundred thousand are rolled up later, as that would cost
 * ten times what they themselves do while they come. Rows are only added, so that an equal number is equal content.
 */
export const hourTable: TableDefinition = {
  name: "flow_hour",
  engine: "AggregatingMergeTree",
  columns: [
    { name: "hour", type: "DateTime('UTC')" },
    /** Of the interval; zero in rows that are about a build. */
    { name: "start", type: "DateTime('UTC')" },
    { name: "intervalMinutes", type: "UInt8" },
    { name: "rowCount", type: "SimpleAggregateFunction(sum, UInt64)" },
    { name: "laterRowCount", type: "SimpleAggregateFunction(sum, UInt64)" },
    /** Rows in the build, and its number. */
    { name: "built", type: "SimpleAggregateFunction(max, Tuple(UInt64, UInt64))" },
  ],
  partitionBy: "tuple()",
  orderBy: "hour, start, intervalMinutes",
  shardBy: "cityHash64(hour)",
};

/** Counts the rows of each insert. */
export const hourSelect = `SELECT toStartOfHour(f.time) AS hour, ${intervalStart} AS start,
  f.intervalMinutes AS intervalMinutes, count() AS rowCount, countIf(f.isRolledLater = 1) AS laterRowCount
  FROM flow AS f GROUP BY hour, start, intervalMinutes`;

/** Hours with rows that are rolled up later: the newest build of each, and whether it holds all of the hour. */
export const hourStateSelect = `SELECT h.hour AS hour, max(h.built).2 AS build,
  max(h.built).1 = sum(h.rowCount) AS isWhole
  FROM flow_hour AS h GROUP BY h.hour HAVING sum(h.laterRowCount) > 0`;

// One value, so that all parts of one query see the same state: all such hours, whole builds, hours without one.
const state = `(SELECT (groupArray(hour), groupArrayIf(build, isWhole), groupArrayIf(hour, NOT isWhole))
  FROM flow_hour_state)`;

/** Rows of roll-ups that are filled as rows come, and are whole. */
export const isLive = `NOT has(tupleElement(${state}, 1), toStartOfHour(start))`;

/** Rows of the builds that hold all of their hour. */
export const isOfWholeBuild = `has(tupleElement(${state}, 2), build)`;

/** Rows of `flow` in hours that no build holds whole. */
export const isOpen = `has(tupleElement(${state}, 3), toStartOfHour(f.time))`;
