import { sql, type Kysely } from "kysely";

export interface Tables {
  resources: {
    /** The id in lower case: what look-ups use. */
    key: string;
    id: string;
    type: string;
    type_key: string;
    body: string;
    etag: string;
    created_at: number;
    changed_at: number;
  };
  documents: {
    collection: string;
    key: string;
    body: string;
    revision: number;
    due_at: number | null;
  };
  migrations: { version: number; applied_at: number };
}

/** In order; each is applied once. A released one never changes. */
const migrations: ((database: Kysely<Tables>) => Promise<void>)[] = [
  async (database) => {
    await sql`CREATE TABLE resources (
      key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, type_key TEXT NOT NULL,
      body TEXT NOT NULL, etag TEXT NOT NULL, created_at INTEGER NOT NULL, changed_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`.execute(database);
    await sql`CREATE INDEX resources_by_type ON resources (type_key, key)`.execute(database);
    await sql`CREATE TABLE documents (
      collection TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, revision INTEGER NOT NULL,
      due_at INTEGER, PRIMARY KEY (collection, key)
    ) STRICT, WITHOUT ROWID`.execute(database);
    await sql`CREATE INDEX documents_due ON documents (collection, due_at) WHERE due_at IS NOT NULL`.execute(
      database,
    );
  },
];

/** Brings the schema up to date; safe to run at every start. */
export async function migrate(database: Kysely<Tables>, now: number): Promise<void> {
  await sql`CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL)`.execute(
    database,
  );
  const row = await database
    .selectFrom("migrations")
    .select(({ fn }) => fn.max("version").as("version"))
    .executeTakeFirst();
  for (let version = row?.version ?? 0; version < migrations.length; version++) {
    await database.transaction().execute(async (transaction) => {
      await migrations[version]?.(transaction);
      await transaction
        .insertInto("migrations")
        .values({ version: version + 1, applied_at: now })
        .execute();
    });
  }
}
