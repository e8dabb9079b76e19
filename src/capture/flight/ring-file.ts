import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const namePattern = /^([^/]{1,90})~(\d{5})_(\d{5,10})_(\d{14})\.pcapng$/;
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
  /** Last write, and when dumpcap began it to the second: milliseconds since the epoch. */
  modifiedAt: number;
  namedAt: number;
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
    const namedAt = timeOf(match[4] ?? "") ?? modifiedAt;
    files.push({ name, path, interfaceName, run, number, sizeBytes, modifiedAt, namedAt, inode });
  }
  return files.sort(
    (a, b) => compare(a.interfaceName, b.interfaceName) || a.run - b.run || a.number - b.number,
  );
}

/** Of "yyyyMMddHHmmss", which dumpcap writes in UTC. */
function timeOf(digits: string): number | null {
  const text = digits.replace(/^(....)(..)(..)(..)(..)(..)$/, "$1-$2-$3T$4:$5:$6Z");
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
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
