import { namedMilliseconds, namedTime, type RingFile } from "./ring-file.ts";

/** How far back the files of one interface go. */
export interface RingReach {
  /** Milliseconds since the epoch; null: there are no files. */
  from: number | null;
  /** Nothing that was recorded of it has been overwritten. */
  isWhole: boolean;
}

/**
 * The reach of one interface's files, which are in order. A file is begun when the one before it is full, so all
 * packets since then are there; its name says it to the second, and the second's end is taken, so that no more is
 * claimed than there is.
 */
export function ringReach(
  files: readonly RingFile[],
  {
    recording,
    hadGaps,
  }: { recording: { run: number; startedAt: number } | null; hadGaps: boolean },
): RingReach {
  const [oldest] = files;
  if (!oldest) return { from: null, isWhole: false };
  const isFirst = oldest.number === 1;
  const from =
    isFirst && recording?.run === oldest.run
      ? recording.startedAt
      : namedTime(oldest) + namedMilliseconds;
  return { from, isWhole: isFirst && !hadGaps };
}

/**
 * Since when all that was recorded of a host is there: what was overwritten bounds it, not an interface that came
 * up a moment ago and has lost nothing.
 */
export function hostReach(reaches: readonly RingReach[]): number | null {
  const known = reaches.flatMap(({ from, isWhole }) => (from === null ? [] : [{ from, isWhole }]));
  if (known.length === 0) return null;
  const bounds = known.filter(({ isWhole }) => !isWhole).map(({ from }) => from);
  return bounds.length > 0 ? Math.max(...bounds) : Math.min(...known.map(({ from }) => from));
}
