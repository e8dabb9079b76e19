import { randomUUID } from "node:crypto";
import type { Kysely, Selectable } from "kysely";
import { NightcapError } from "../common/errors.ts";
import type { Tables } from "./schema.ts";
import type { ResourceTable, StoredResource } from "./state.ts";

const listLimitDefault = 100_000;

export function resourceTable(kysely: Kysely<Tables>): ResourceTable {
  const below = ({ scope, type }: { scope: string; type?: string }) => {
    const prefix = `${scope.toLowerCase().replace(/\/+$/, "")}/`;
    const rows = kysely
      .selectFrom("resources")
      .where("key", ">=", prefix)
      .where("key", "<", upperBound(prefix));
    return type === undefined ? rows : rows.where("type_key", "=", type.toLowerCase());
  };
  return {
    get: (id) => getResource(kysely, id),
    async list(query) {
      const wanted = below(query)
        .selectAll()
        .orderBy("key")
        .limit(query.limit ?? listLimitDefault);
      const except = (query.exceptTypes ?? []).map((type) => type.toLowerCase());
      const rows = except.length === 0 ? wanted : wanted.where("type_key", "not in", except);
      const page =
        query.after === undefined ? rows : rows.where("key", ">", query.after.toLowerCase());
      return (await page.execute()).map(readRow);
    },
    async count(query) {
      const row = await below(query)
        .select(({ fn }) => fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      return row.count;
    },
    put: (resource, condition = {}) =>
      inTransaction(kysely, (inside) => putResource(inside, resource, condition)),
    async delete(id) {
      const result = await kysely
        .deleteFrom("resources")
        .where("key", "=", id.toLowerCase())
        .executeTakeFirst();
      return result.numDeletedRows > 0n;
    },
  };
}

/** Looks and writes as one: of two writers under the same condition the second finds it broken. */
async function putResource(
  kysely: Kysely<Tables>,
  resource: Parameters<ResourceTable["put"]>[0],
  condition: NonNullable<Parameters<ResourceTable["put"]>[1]>,
): Promise<StoredResource & { created: boolean }> {
  const before = await getResource(kysely, resource.id);
  if (condition.ifNoneMatch && before) throw preconditionFailed(resource.id, "it exists already");
  if (condition.ifMatch !== undefined && before?.etag !== condition.ifMatch) {
    throw preconditionFailed(resource.id, `its etag is ${before?.etag ?? "(not there)"}`);
  }
  const now = Date.now();
  const stored: StoredResource = {
    id: before?.id ?? resource.id,
    type: before?.type ?? resource.type,
    body: resource.body,
    etag: `W/"${randomUUID()}"`,
    createdAt: before?.createdAt ?? now,
    changedAt: now,
  };
  await kysely.replaceInto("resources").values(writeRow(stored)).execute();
  return { ...stored, created: before === null };
}

async function getResource(kysely: Kysely<Tables>, id: string): Promise<StoredResource | null> {
  const row = await kysely
    .selectFrom("resources")
    .selectAll()
    .where("key", "=", id.toLowerCase())
    .executeTakeFirst();
  return row ? readRow(row) : null;
}

/** In the transaction that there is already, else in one of its own. */
function inTransaction<Result>(
  kysely: Kysely<Tables>,
  work: (inside: Kysely<Tables>) => Promise<Result>,
): Promise<Result> {
  return kysely.isTransaction ? work(kysely) : kysely.transaction().execute(work);
}

/** The first string after all that begin with `prefix`. */
export function upperBound(prefix: string): string {
  return `${prefix}\u{10FFFF}`;
}

function preconditionFailed(id: string, why: string): NightcapError {
  return new NightcapError("PreconditionFailed", `condition on ${id} does not hold: ${why}`);
}

function writeRow(resource: StoredResource): Tables["resources"] {
  return {
    key: resource.id.toLowerCase(),
    id: resource.id,
    type: resource.type,
    type_key: resource.type.toLowerCase(),
    body: JSON.stringify(resource.body),
    etag: resource.etag,
    created_at: resource.createdAt,
    changed_at: resource.changedAt,
  };
}

function readRow(row: Selectable<Tables["resources"]>): StoredResource {
  return {
    id: row.id,
    type: row.type,
    body: JSON.parse(row.body) as Record<string, unknown>,
    etag: row.etag,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}
