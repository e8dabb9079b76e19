import { aggregateFunctions } from "./aggregates/aggregate-functions.ts";
import { scalarFunctions } from "./functions/scalar-functions.ts";
import type { TableDefinition } from "./table-definition.ts";

/** Finds the name that a wrong one was probably meant to be. */
export type SuggestName = (wrong: string) => string | undefined;

/** Names longer than this are not compared. */
const nameCharactersMax = 64;
/** How many letters may be wrong. */
const distanceMax = 2;

/** Knows the tables, their columns and the functions. */
export function createNameHint(tables: readonly TableDefinition[]): SuggestName {
  const known = new Set([
    ...tables.flatMap(({ name, columns }) => [name, ...columns.map((column) => column.name)]),
    ...scalarFunctions.keys(),
    ...aggregateFunctions.keys(),
  ]);
  return (wrong) => {
    if (wrong === "" || wrong.length > nameCharactersMax) return undefined;
    let best: string | undefined;
    let bestDistance = Math.min(distanceMax, Math.floor(wrong.length / 3)) + 1;
    for (const name of known) {
      const distance = distanceOf(wrong, name);
      if (distance < bestDistance) [best, bestDistance] = [name, distance];
    }
    return best;
  };
}

/** Levenshtein's distance, in which another case counts nothing. */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > distanceMax) return Infinity;
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const changed = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
