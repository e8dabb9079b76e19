import { readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { isRingWorkFile } from "./ring-names.ts";
import { isSideFile } from "./side-files.ts";

/** A smaller file has not even a pcapng section header: dumpcap was killed before it wrote. */
export const partSizeBytesMin = 28;
/** Files of one session: interfaces, times that dumpcap or the agent had to begin again. */
export const partCountMax = 1_024;
/** What came of a session's look-back, until its capture is finished. */
export const lookBackFile = "look-back.json";
const ringPartNumber = 0;
const partPattern = /^part-(\d{5})-(.*)\.pcapng$/;

export interface Part {
  path: string;
  sizeBytes: number;
  /** Last write, milliseconds since the epoch. */
  modifiedAt: number;
}

/** The name of a session's `number`th part. */
export function partPath(directory: string, number: number, interfaceName: string): string {
  const safeName = interfaceName.replaceAll(/[^A-Za-z0-9_.-]/g, "_");
  return join(directory, `part-${String(number).padStart(5, "0")}-${safeName}.pcapng`);
}

/** The part that comes out of the flight recorder's ring: it goes before all that was recorded live. */
export const ringPartPath = (directory: string, interfaceName: string): string =>
  partPath(directory, ringPartNumber, interfaceName);

export const isRingPart = ({ path }: Pick<Part, "path">): boolean =>
  Number(partPattern.exec(basename(path))?.[1]) === ringPartNumber;

/** The files in which the session itself recorded the interface, in order. */
export async function liveParts(directory: string, interfaceName: string): Promise<string[]> {
  const ring = basename(ringPartPath(directory, interfaceName));
  const suffix = ring.slice(ring.indexOf("-", "part-".length));
  return (await readdir(directory))
    .filter((name) => partPattern.test(name) && name.endsWith(suffix) && name !== ring)
    .filter((name) => name.length === ring.length)
    .sort()
    .map((name) => join(directory, name));
}

/** Interfaces of which the session has recorded something, by the names that its parts have. */
export async function livePartInterfaces(directory: string): Promise<string[]> {
  const matches = (await readdir(directory)).map((name) => partPattern.exec(name));
  const live = matches.filter((match) => match && Number(match[1]) !== ringPartNumber);
  return [...new Set(live.map((match) => match?.[2] ?? ""))];
}

/** The parts of a session that hold something, in order of their numbers. */
export async function listParts(directory: string): Promise<Part[]> {
  const names = (await readdir(directory)).filter((name) => partPattern.test(name)).sort();
  const parts = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const { size, mtimeMs } = await stat(path);
      return { path, sizeBytes: size, modifiedAt: mtimeMs };
    }),
  );
  return parts.filter(({ sizeBytes }) => sizeBytes >= partSizeBytesMin);
}

/** The number after the greatest in use, empty parts included. */
export async function nextPartNumber(directory: string): Promise<number> {
  const numbers = (await readdir(directory)).map((name) =>
    Number(partPattern.exec(name)?.[1] ?? 0),
  );
  return Math.max(0, ...numbers) + 1;
}

/** Removes a finished session's parts and work files; its record stays. */
export async function removeWorkFiles(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const isCapture =
      partPattern.test(name) || name.startsWith("finished.cap") || name.startsWith(lookBackFile);
    if (isCapture || isRingWorkFile(name) || isSideFile(name)) {
      await rm(join(directory, name), { force: true });
    }
  }
}
