import type { Kysely, Selectable } from "kysely";
import type { DocumentTable, StoredDocument } from "../common/documents.ts";
import { upperBound } from "./resource-table.ts";
import type { Tables } from "./schema.ts";

const listLimitDefault = 100_000;

export function documentTable<Body extends object>(
  kysely: Kysely<Tables>,
  collection: string,
): DocumentTable<Body> {
  const rows = kysely.selectFrom("documents").where("collection", "=", collection);
  return {
    async get(key) {
      const row = await rows.selectAll().where("key", "=", key).executeTakeFirst();
      return row ? readRow<Body>(row) : null;
    },
    async put(key, body, { revision, dueAt = null } = {}) {
      const written = await kysely
        .insertInto("documents")
        .values({ collection, key, body: JSON.stringify(body), revision: 1, due_at: dueAt })
        .onConflict((conflict) => {
          const update = conflict.columns(["collection", "key"]).doUpdateSet((row) => ({
            body: row.ref("excluded.body"),
            due_at: row.ref("excluded.due_at"),
            revision: row("documents.revision", "+", 1),
          }));
          return revision === undefined
            ? update
            : update.where("documents.revision", "=", revision);
        })
        .returningAll()
        .executeTakeFirst();
      if (!written) return null;
      if (revision !== undefined && written.revision !== revision + 1) {
        // The document that this write meant to replace is gone: take the insert back.
        await kysely
          .deleteFrom("documents")
          .where("collection", "=", collection)
          .where("key", "=", key)
          .execute();
        return null;
      }
      return readRow<Body>(written);
    },
    async delete(key) {
      const result = await kysely
        .deleteFrom("documents")
        .where("collection", "=", collection)
        .where("key", "=", key)
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
    async list({ prefix = "", after, limit = listLimitDefault } = {}) {
      const query = rows
        .selectAll()
        .where("key", ">=", prefix)
        .where("key", "<", upperBound(prefix))
        .orderBy("key")
        .limit(limit);
      const page = after === undefined ? query : query.where("key", ">", after);
      return (await page.execute()).map((row) => readRow<Body>(row));
    },
    async due(now, limit) {
      const query = rows.selectAll().where("due_at", "<=", now).orderBy("due_at").limit(limit);
      return (await query.execute()).map((row) => readRow<Body>(row));
    },
    async count() {
      const row = await rows
        .select(({ fn }) => fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      return row.count;
    },
  };
}

function readRow<Body extends object>(row: Selectable<Tables["documents"]>): StoredDocument<Body> {
  return {
    key: row.key,
    body: JSON.parse(row.body) as Body,
    revision: row.revision,
    dueAt: row.due_at,
  };
}
