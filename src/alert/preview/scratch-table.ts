import type { DocumentTable, StoredDocument } from "../../common/documents.ts";

/** Documents in memory: what a preview writes is gone with it. `onPut` sees each write that took place. */
export function createScratchTable<Body extends object>(
  onPut: (key: string, body: Body) => void = () => {},
): DocumentTable<Body> {
  const stored = new Map<string, StoredDocument<Body>>();
  const all = (): StoredDocument<Body>[] =>
    [...stored.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return {
    get: async (key) => stored.get(key) ?? null,
    getMany: async (keys) => keys.flatMap((key) => stored.get(key) ?? []),
    async put(key, body, options = {}) {
      const revision = stored.get(key)?.revision ?? 0;
      if (options.revision !== undefined && options.revision !== revision) return null;
      const written = { key, body, revision: revision + 1, dueAt: options.dueAt ?? null };
      stored.set(key, written);
      onPut(key, body);
      return written;
    },
    delete: async (key) => stored.delete(key),
    async list({ prefix = "", after = "", limit = Number.POSITIVE_INFINITY } = {}) {
      if (stored.size === 0) return [];
      return all()
        .filter(({ key }) => key.startsWith(prefix) && key > after)
        .slice(0, limit);
    },
    async due(now, limit) {
      const due = all().filter(({ dueAt }) => dueAt !== null && dueAt <= now);
      return due.toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0)).slice(0, limit);
    },
    count: async () => stored.size,
    countDue: async () => all().filter(({ dueAt }) => dueAt !== null).length,
  };
}
