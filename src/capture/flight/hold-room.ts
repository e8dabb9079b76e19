import type { HoldFacts } from "./holds.ts";
import type { RingFile } from "./ring-file.ts";

/** Times given up that are remembered of one hold; further ones widen the last. */
const givenUpCountMax = 32;
/** The ring's recorder writes a packet so much later than it came. */
const writtenAfterMilliseconds = 100;

/** One file by one of its further names. */
export interface HeldFile {
  sessionId: string;
  file: RingFile;
  facts: HoldFacts | null;
  /** When the file before it was whole; milliseconds since the epoch. */
  beganAt: number;
  /** When the session's own recording of the interface began; null: not known yet. */
  joinedAt: number | null;
}

/** What is worth least goes first. */
const worth = { older: 0, later: 1, since: 2, before: 3 } as const;

interface Group {
  names: HeldFile[];
  sizeBytes: number;
  modifiedAt: number;
  worth: number;
}

/**
 * Which of the held files that the ring itself has no longer are to go, so that the rest fits. First what is
 * older than any window, then what came after the recording began, the newest first: it only helps to join
 * the two. Then what came between hold and recording, and last what came before, which is what a hold is for.
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
  const groups = Array.from(byInode.values(), groupOf).sort(leastFirst);
  let size = groups.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const given: HeldFile[] = [];
  for (const { names, sizeBytes } of groups) {
    if (size <= sizeBytesMax) break;
    given.push(...names);
    size -= sizeBytes;
  }
  return given;
}

const groupOf = (names: HeldFile[]): Group => ({
  names,
  sizeBytes: names[0]?.file.sizeBytes ?? 0,
  modifiedAt: names[0]?.file.modifiedAt ?? 0,
  worth: Math.max(...names.map(worthOf)),
});

function leastFirst(one: Group, other: Group): number {
  const age = one.modifiedAt - other.modifiedAt;
  return one.worth - other.worth || (one.worth === worth.later ? -age : age);
}

function worthOf(held: HeldFile): number {
  const { file, facts } = held;
  if (!facts) return worth.older;
  if (file.modifiedAt < facts.neededFrom) return worth.older;
  const newest = facts.newest.find(({ interfaceName }) => interfaceName === file.interfaceName);
  if (newest && (file.run - newest.run || file.number - newest.number) <= 0) return worth.before;
  return isLater(held) ? worth.later : worth.since;
}

const isLater = ({ beganAt, joinedAt }: HeldFile): boolean =>
  joinedAt !== null && beganAt > joinedAt + writtenAfterMilliseconds;

/** The facts with one more file that was given up; what the recording has itself is not missed. */
export function withGivenUp(facts: HoldFacts, held: HeldFile): HoldFacts {
  if (isLater(held)) return facts;
  const { file, beganAt } = held;
  const { interfaceName, run, number, modifiedAt } = file;
  const one = { interfaceName, run, first: number, last: number, from: beganAt, to: modifiedAt };
  const givenUp = [...facts.givenUp];
  const isFull = givenUp.length >= givenUpCountMax;
  const at = givenUp.findLastIndex(
    (each) =>
      each.interfaceName === interfaceName &&
      each.run === run &&
      (isFull || each.last === number - 1 || each.first === number + 1),
  );
  const known = givenUp[at];
  if (known) givenUp[at] = { ...known, ...widened(known, one) };
  else if (!isFull) givenUp.push(one);
  return { ...facts, givenUp };
}

type GivenUp = HoldFacts["givenUp"][number];

const widened = (one: GivenUp, other: GivenUp): Partial<GivenUp> => ({
  first: Math.min(one.first, other.first),
  last: Math.max(one.last, other.last),
  from: other.first < one.first ? other.from : one.from,
  to: other.last > one.last ? other.to : one.to,
});
