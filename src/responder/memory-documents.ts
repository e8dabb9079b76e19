import type { DocumentTable, StoredDocument } from "../common/documents.ts";
import { NightcapError } from "../common/errors.ts";

const documentCountMax = 20_000;

/**
 * Documents that live as long as the process: for a function app, which has no disk of its own. What
 * must survive there is in ARM itself, in the capture's name.
 */
export function memoryDocumentTable<Body extends object>(): DocumentTable<Body> {
  const documents = new Map<string, StoredDocument<Body>>();
  const sorted = () => [...documents.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return {
    get: async (key) => structuredClone(documents.get(key) ?? null),
    async getMany(keys) {
      return structuredClone(keys.flatMap((key) => documents.get(key) ?? []));
    },
    async put(key, body, { revision, dueAt = null } = {}) {
      const before = documents.get(key)?.revision ?? 0;
      if (revision !== undefined && revision !== before) return null;
      if (before === 0 && documents.size >= documentCountMax) {
        throw new NightcapError(
          "TooManyRequests",
          `${documentCountMax} documents are kept already`,
        );
      }
      const stored = structuredClone({ key, body, revision: before + 1, dueAt });
      documents.set(key, stored);
      return structuredClone(stored);
    },
    delete: async (key) => documents.delete(key),
    async list({ prefix = "", after, limit = documentCountMax } = {}) {
      const found = sorted().filter(
        ({ key }) => key.startsWith(prefix) && (after === undefined || key > after),
      );
      return structuredClone(found.slice(0, limit));
    },
    async due(now, limit) {
      const found = sorted().filter(({ dueAt }) => dueAt !== null && dueAt <= now);
      found.sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0));
      return structuredClone(found.slice(0, limit));
    },
    count: async () => documents.size,
    countDue: async () => sorted().filter(({ dueAt }) => dueAt !== null).length,
  };
}
