import type { DatabaseSync } from "node:sqlite";
import { minuteSeconds, type Summary } from "./metric-minute.ts";

/** Whole minutes since the epoch, [fromMinute, toMinute), in buckets that begin at multiples of `bucketMinutes`. */
export interface HistoryRange {
  fromMinute: number;
  toMinute: number;
  bucketMinutes: number;
}

/**
 * What is written of a series, summed by the database: a month of five-minute windows is 8,064 rows here
 * and 40,320 there. Minutes that are only in memory are not in it.
 */
export function readHistory(
  database: DatabaseSync,
  seriesId: number,
  { fromMinute, toMinute, bucketMinutes }: HistoryRange,
): ({ second: number } & Summary)[] {
  const rows = database
    .prepare(
      `SELECT minute / ? AS bucket, SUM(sum) AS sum, SUM(count) AS count, MIN(minimum) AS minimum,
         MAX(maximum) AS maximum
       FROM minutes WHERE series_id = ? AND minute >= ? AND minute < ? GROUP BY bucket ORDER BY bucket`,
    )
    .all(BigInt(bucketMinutes), seriesId, fromMinute, toMinute);
  return rows.map((row) => ({
    second: Number(row["bucket"]) * bucketMinutes * minuteSeconds,
    sum: Number(row["sum"]),
    count: Number(row["count"]),
    minimum: Number(row["minimum"]),
    maximum: Number(row["maximum"]),
  }));
}
