import type { OpenApi, Operation } from "../../api/open-api.ts";

export interface ListedRoute {
  method: string;
  path: string;
  operation: Operation;
}

/** Routes by what they are about; only those with every word of `text` in method, path or summary. */
export function listedRoutes(document: OpenApi, text: string): [string, ListedRoute[]][] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
  const wanted = routes.filter(({ method, path, operation }) => {
    const all = `${method} ${path} ${operation.summary}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
  const groups = Map.groupBy(wanted, ({ operation }) => operation.tags[0] ?? "");
  return [...groups].toSorted(([a], [b]) => a.localeCompare(b));
}
