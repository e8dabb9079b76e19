import { chmodSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { Kysely, SqliteDialect, sql } from "kysely";
import { NightcapError } from "../common/errors.ts";
import { secretDirectoryMode, secretFileMode } from "../common/files.ts";
import { documentTable } from "./document-table.ts";
import { kyselyDatabase, openDatabase } from "./node-sqlite-driver.ts";
import { resourceTable } from "./resource-table.ts";
import { migrate, type Tables } from "./schema.ts";
import type { State } from "./state.ts";

/** State in one SQLite file, readable by its owner alone. */
export async function openSqliteState(path: string): Promise<State> {
  await mkdir(dirname(path), { recursive: true, mode: secretDirectoryMode });
  const database = openDatabase(path);
  chmodSync(path, secretFileMode);
  const kysely = new Kysely<Tables>({
    dialect: new SqliteDialect({ database: kyselyDatabase(database) }),
  });
  await migrate(kysely, Date.now());
  return stateOver(kysely);
}

function stateOver(kysely: Kysely<Tables>): State {
  return {
    resources: resourceTable(kysely),
    documents: (collection) => documentTable(kysely, collection),
    transact: (work) =>
      kysely.isTransaction
        ? work(stateOver(kysely))
        : kysely.transaction().execute((transaction) => work(stateOver(transaction))),
    async ping() {
      await sql`SELECT 1`.execute(kysely).catch((cause: unknown) => {
        throw new NightcapError("ServiceUnavailable", "state database does not answer", { cause });
      });
    },
    close: () => kysely.destroy(),
  };
}
