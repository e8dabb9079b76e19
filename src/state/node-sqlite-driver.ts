import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import type { SqliteDatabase, SqliteStatement } from "kysely";
import { NightcapError } from "../common/errors.ts";

const busyTimeoutMilliseconds = 5_000;

/**
 * Opens a database file for one writer that must not lose what it acknowledged: write-ahead log, and
 * a flush at every commit (`synchronous = FULL`; WAL with NORMAL may lose the last commits at a power cut).
 */
export function openDatabase(path: string, synchronous: "FULL" | "NORMAL" = "FULL"): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`PRAGMA journal_mode = WAL`);
  database.exec(`PRAGMA synchronous = ${synchronous}`);
  database.exec(`PRAGMA busy_timeout = ${busyTimeoutMilliseconds}`);
  database.exec(`PRAGMA foreign_keys = ON`);
  return database;
}

/** node:sqlite in the shape that Kysely's SQLite dialect expects. */
export function kyselyDatabase(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(sql) {
      // SQLite ends a transaction itself when the disk is full; what was wrong is the error then, not this.
      if (sql === "rollback" && !database.isTransaction) return nothingToDo;
      const statement = database.prepare(sql);
      const values = (parameters: readonly unknown[]): SQLInputValue[] =>
        parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => orFull(() => statement.all(...values(parameters))),
        run: (parameters) => orFull(() => statement.run(...values(parameters))),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}

const nothingToDo: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};

/** Result code of SQLite: SQLITE_FULL. */
const diskFull = 13;

/** A disk without space is nothing that a client did, and nothing that stays: it may try again. */
function orFull<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Error && "errcode" in cause && cause.errcode === diskFull)) throw cause;
    throw new NightcapError("ServiceUnavailable", "disk of the state folder is full", { cause });
  }
}
