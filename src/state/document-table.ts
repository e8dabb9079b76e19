import type { Kysely, Selectable } from "kysely";
import type { DocumentTable, StoredDocument } from "../common/documents.ts";
import { upperBound } from "./resource-table.ts";
import type { Tables } from "./schema.ts";

const listLimitDefault = 100_000;
/** Keys in one statement. */
const keyCountMax = 500;

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
    async getMany(keys) {
      const found: StoredDocument<Body>[] = [];
      for (let begin = 0; begin < keys.length; begin += keyCountMax) {
        const some = keys.slice(begin, begin + keyCountMax);
        const query = rows.selectAll().where("key", "in", some);
        found.push(...(await query.execute()).map((row) => readRow<Body>(row)));
      }
      return found;
    },
    async put(key, body, { revision, dueAt = null } = {}) {
      const text = JSON.stringify(body);
      const row = { collection, key, body: text, revision: 1, due_at: dueAt };
      const insert = kysely.insertInto("documents").values(row);
      // One statement for each condition, so that no other writer comes between look and write.
      const write =
        revision === undefined
          ? insert.onConflict((conflict) =>
              conflict.columns(["collection", "key"]).doUpdateSet((old) => ({
                body: old.ref("excluded.body"),
                due_at: old.ref("excluded.due_at"),
                revision: old("documents.revision", "+", 1),
              })),
            )
          : revision === 0
            ? insert.onConflict((conflict) => conflict.columns(["collection", "key"]).doNothing())
            : kysely
                .updateTable("documents")
                .set({ body: text, due_at: dueAt, revision: revision + 1 })
                .where("collection", "=", collection)
                .where("key", "=", key)
                .where("revision", "=", revision);
      const written = await write.returningAll().executeTakeFirst();
      return written ? readRow<Body>(written) : null;
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
    async countDue() {
      const row = await rows
        .where("due_at", "is not", null)
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
