import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const namePattern = /^([^/]{1,90})~(\d{5})_(\d{5,10})_(\d{14})\.pcapng$/;
/** dumpcap names a file by the second in which it began. */
export const namedMilliseconds = 1_000;
const runMax = 99_999;

/** One file of the ring. */
export interface RingFile {
  name: string;
  path: string;
  interfaceName: string;
  /** Which start of dumpcap wrote it, and which file of that start it is. */
  run: number;
  number: number;
  sizeBytes: number;
  /** Last write, milliseconds since the epoch. */
  modifiedAt: number;
  /** Tells files apart whatever their names. */
  inode: number;
}

/** What dumpcap is told to write; it adds number and time. Any interface name makes a file name. */
export const ringBasePath = (directory: string, interfaceName: string, run: number): string =>
  join(directory, `${encodeURIComponent(interfaceName)}~${String(run).padStart(5, "0")}.pcapng`);

/** The start after this one; they begin anew when the numbers are used up, which nobody lives to see. */
export const nextRun = (run: number): number => (run >= runMax ? 1 : run + 1);

/**
 * The files in a folder, each interface's in the order in which they were written. Read in one go, so
 * that what is seen is one moment: the files of a ring come and go.
 */
export function listRingFiles(directory: string): RingFile[] {
  const files: RingFile[] = [];
  for (const name of namesIn(directory)) {
    const match = namePattern.exec(name);
    const path = join(directory, name);
    const found = match ? statSync(path, { throwIfNoEntry: false }) : undefined;
    const interfaceName = match && decoded(match[1] ?? "");
    if (!match || !found || interfaceName === null) continue;
    const { size: sizeBytes, mtimeMs: modifiedAt, ino: inode } = found;
    const [run, number] = [Number(match[2]), Number(match[3])];
    files.push({ name, path, interfaceName, run, number, sizeBytes, modifiedAt, inode });
  }
  return files.sort(
    (a, b) => compare(a.interfaceName, b.interfaceName) || a.run - b.run || a.number - b.number,
  );
}

/** When dumpcap began a file, to the second, in milliseconds since the epoch: its name says it in UTC. */
export function namedTime({ name, modifiedAt }: Pick<RingFile, "name" | "modifiedAt">): number {
  const part = (from: number, to: number): number => Number(name.slice(from - 21, to - 21));
  const [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)];
  const time = Date.UTC(year, month - 1, day, part(8, 10), part(10, 12), part(12, 14));
  return Number.isNaN(time) ? modifiedAt : time;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // it was removed; the recorder makes it anew
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
