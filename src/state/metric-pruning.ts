import type { DatabaseSync } from "node:sqlite";

/** Rows changed by one statement, so that writers never wait long. */
const rowCount = 10_000;
const roundCountMax = 1_000;
/** After pruning by size, so much of the limit is in use. */
const targetShare = 0.9;

/**
 * Removes what is too old, seconds before whole minutes, and then, above the limit of size, the oldest
 * minutes. Minutes are counted since the epoch.
 */
export function pruneMinutes(
  database: DatabaseSync,
  limits: { secondsFromMinute: number; minutesFromMinute: number; sizeBytesMax: number },
): void {
  repeat(
    database,
    `UPDATE minutes SET seconds = NULL WHERE (series_id, minute) IN
       (SELECT series_id, minute FROM minutes
        WHERE seconds IS NOT NULL AND minute < ${limits.secondsFromMinute} LIMIT ${rowCount})`,
  );
  repeat(
    database,
    `DELETE FROM minutes WHERE (series_id, minute) IN
       (SELECT series_id, minute FROM minutes
        WHERE minute < ${limits.minutesFromMinute} LIMIT ${rowCount})`,
  );
  pruneBySize(database, limits.sizeBytesMax);
}

function pruneBySize(database: DatabaseSync, sizeBytesMax: number): void {
  if (sizeInUse(database) <= sizeBytesMax) return;
  const oldest = database.prepare(
    `DELETE FROM minutes WHERE (series_id, minute) IN
       (SELECT series_id, minute FROM minutes ORDER BY minute LIMIT ${rowCount})`,
  );
  for (let round = 0; round < roundCountMax; round++) {
    if (sizeInUse(database) <= sizeBytesMax * targetShare) return;
    if (oldest.run().changes === 0) return;
  }
}

/** Bytes of the pages in use; deleted rows leave free pages that are used again. */
function sizeInUse(database: DatabaseSync): number {
  const read = (name: string): number => {
    const row = database.prepare(`SELECT ${name} AS value FROM pragma_${name}`).get();
    return Number(row?.["value"] ?? 0);
  };
  return (read("page_count") - read("freelist_count")) * read("page_size");
}

function repeat(database: DatabaseSync, sql: string): void {
  const statement = database.prepare(sql);
  for (let round = 0; round < roundCountMax; round++) {
    if (Number(statement.run().changes) < rowCount) return;
  }
}
