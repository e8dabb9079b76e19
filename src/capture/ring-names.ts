import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** What dumpcap writes: which start of dumpcap, its own number, and the time in UTC. */
export const rawFilePattern = /^ring-\d{5}_\d{5,10}_(\d{14})\.pcapng$/;
const keptPattern = /^file-.*\.cap$/;
const extension = ".cap";

/** What a file is called that was written anew and has no place yet. */
const rewrittenExtension = ".whole";
export const rewrittenPath = (path: string): string => `${path}${rewrittenExtension}`;
export const originalPath = (path: string): string =>
  path.endsWith(rewrittenExtension) ? path.slice(0, -rewrittenExtension.length) : path;

/** What the `run`th dumpcap of a session is told to write; it adds number and time. */
export const rawBasePath = (directory: string, run: number): string =>
  join(directory, `ring-${String(run).padStart(5, "0")}.pcapng`);

/** What tells one file of a session from the others: its number and when it was begun. */
export function ringFileName(number: number, raw: string): string {
  const time = rawFilePattern.exec(raw)?.[1] ?? "0".repeat(14);
  return `${String(number).padStart(5, "0")}_${time}`;
}

/** `/var/captures/a.cap` becomes `/var/captures/a_00001_20261121093000.cap`; null: in the session's own. */
export function ringFilePath(directory: string, filePath: string | null, name: string): string {
  if (filePath === null) return join(directory, `file-${name}${extension}`);
  return `${filePath.slice(0, -extension.length)}_${name}${extension}`;
}

/** True for a file of a session's own directory that is not needed once the session has ended. */
export const isRingWorkFile = (name: string): boolean =>
  name.startsWith("ring-") || keptPattern.test(name);

/** When something was last recorded into `directory`, milliseconds since the epoch; 0: never. */
export async function lastRingWrite(directory: string): Promise<number> {
  const names = (await readdir(directory)).filter(
    (name) => isRingWorkFile(name) || name === "files.json",
  );
  const times = await Promise.all(
    names.map((name) => stat(join(directory, name)).then(({ mtimeMs }) => mtimeMs)),
  );
  return Math.ceil(Math.max(0, ...times));
}
