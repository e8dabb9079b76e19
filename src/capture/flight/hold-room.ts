import type { HoldFacts } from "./holds.ts";
import type { RingFile } from "./ring-file.ts";

/** Times given up that are remembered of one hold; further ones widen the last. */
const givenUpCountMax = 32;

/** One file by one of its further names. */
export interface HeldFile {
  sessionId: string;
  file: RingFile;
  facts: HoldFacts | null;
  /** When the file before it was whole, milliseconds since the epoch; the file's own time if that is not there. */
  beganAt: number;
}

/** What is worth least goes first. */
const worth = { older: 0, since: 1, before: 2 } as const;

/**
 * Which of the held files that the ring itself has no longer are to go, so that the rest fits. First what is
 * older than any window, then what came since the ring was held, the oldest first: the ring itself still has
 * the newest, with which a recording is joined. Only then goes what came before, which is what a hold is for.
 */
export function filesToGiveUp(
  held: readonly HeldFile[],
  inRing: ReadonlySet<number>,
  sizeBytesMax: number,
): HeldFile[] {
  const byInode = Map.groupBy(
    held.filter(({ file }) => !inRing.has(file.inode)),
    ({ file }) => file.inode,
  );
  const groups = Array.from(byInode.values(), (names) => ({
    names,
    sizeBytes: names[0]?.file.sizeBytes ?? 0,
    modifiedAt: names[0]?.file.modifiedAt ?? 0,
    worth: Math.max(...names.map(worthOf)),
  })).sort((one, other) => one.worth - other.worth || one.modifiedAt - other.modifiedAt);
  let size = groups.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const given: HeldFile[] = [];
  for (const { names, sizeBytes } of groups) {
    if (size <= sizeBytesMax) break;
    given.push(...names);
    size -= sizeBytes;
  }
  return given;
}

function worthOf({ file, facts }: HeldFile): number {
  if (!facts) return worth.older;
  if (file.modifiedAt < facts.neededFrom) return worth.older;
  const newest = facts.newest.find(({ interfaceName }) => interfaceName === file.interfaceName);
  const isBefore = newest && (file.run - newest.run || file.number - newest.number) <= 0;
  return isBefore ? worth.before : worth.since;
}

/** The facts with one more file that was given up. */
export function withGivenUp(facts: HoldFacts, { file, beganAt }: HeldFile): HoldFacts {
  const { interfaceName, run, number, modifiedAt: to } = file;
  const givenUp = [...facts.givenUp];
  const follows = givenUp.findIndex(
    (each) =>
      each.interfaceName === interfaceName && each.run === run && each.number === number - 1,
  );
  const isFull = givenUp.length >= givenUpCountMax;
  const at =
    follows < 0 && isFull
      ? givenUp.findLastIndex((each) => each.interfaceName === interfaceName)
      : follows;
  const known = givenUp[at];
  if (known) givenUp[at] = { ...known, run, number, to: Math.max(known.to, to) };
  else if (!isFull) givenUp.push({ interfaceName, run, number, from: Math.min(beganAt, to), to });
  return { ...facts, givenUp };
}
