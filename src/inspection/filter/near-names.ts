const shownMax = 3;
/** Letters that a name may be off by. */
const distanceMax = 2;

/** The names most like one that is unknown, best first. */
export function nearNames(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  const scored: { name: string; score: number }[] = [];
  for (const candidate of names) {
    const score = scoreOf(wanted, candidate);
    if (score <= distanceMax) scored.push({ name: candidate, score });
  }
  return scored
    .toSorted((one, other) => one.score - other.score || (one.name < other.name ? -1 : 1))
    .slice(0, shownMax)
    .map(({ name: found }) => found);
}

/** Letters to change; a name that only lacks its beginning or its end counts as near. */
function scoreOf(wanted: string, candidate: string): number {
  if (candidate === wanted) return 0;
  if (candidate.startsWith(`${wanted}.`) || candidate.endsWith(`.${wanted}`)) return 1;
  const lastOfWanted = wanted.slice(wanted.lastIndexOf(".") + 1);
  const isSibling =
    wanted.includes(".") &&
    candidate.startsWith(wanted.slice(0, wanted.indexOf(".") + 1)) &&
    candidate.endsWith(`.${lastOfWanted}`);
  if (isSibling) return 1.5;
  if (Math.abs(candidate.length - wanted.length) > distanceMax) return Infinity;
  return distance(wanted, candidate);
}

/** Levenshtein's distance, given up beyond the limit. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let line = 1; line <= one.length; line++) {
    const next = [line];
    for (let column = 1; column <= other.length; column++) {
      const same = one[line - 1] === other[column - 1] ? 0 : 1;
      next[column] = Math.min(
        (row[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (row[column - 1] ?? 0) + same,
      );
    }
    row = next;
    if (Math.min(...row) > distanceMax) return Infinity;
  }
  return row[other.length] ?? Infinity;
}
