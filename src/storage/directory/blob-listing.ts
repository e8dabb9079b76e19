import { listResultCountMax, type ListQuery } from "../blob-store.ts";

export interface NamePage {
  readonly names: string[];
  readonly prefixes: string[];
  readonly nextMarker: string | null;
}

/**
 * One page of sorted names as Azure lists them: with a delimiter, names that share the part up to it
 * become one prefix. The marker is the first name (or prefix) of the next page.
 */
export function listNames(sorted: readonly string[], query: ListQuery): NamePage {
  const prefix = query.prefix ?? "";
  const limit = Math.min(query.limit ?? listResultCountMax, listResultCountMax);
  const names: string[] = [];
  const prefixes: string[] = [];
  const marker = query.marker ?? "";
  for (let at = lowerBound(sorted, marker > prefix ? marker : prefix); at < sorted.length;) {
    const name = sorted[at] ?? "";
    if (!name.startsWith(prefix)) break;
    const group = groupOf(name, prefix, query.delimiter ?? "");
    if (names.length + prefixes.length === limit) {
      return { names, prefixes, nextMarker: group ?? name };
    }
    if (group === null) {
      names.push(name);
      at++;
    } else {
      prefixes.push(group);
      at = afterGroup(sorted, group, at);
    }
  }
  return { names, prefixes, nextMarker: null };
}

function groupOf(name: string, prefix: string, delimiter: string): string | null {
  if (delimiter === "") return null;
  const end = name.indexOf(delimiter, prefix.length);
  return end < 0 ? null : name.slice(0, end + delimiter.length);
}

/** Index of the first name at or after `at` that does not start with `group`. */
function afterGroup(sorted: readonly string[], group: string, at: number): number {
  let low = at;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]?.startsWith(group)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lowerBound(sorted: readonly string[], wanted: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
