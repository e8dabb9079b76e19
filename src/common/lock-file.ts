import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import { NightcapError } from "./errors.ts";
import { secretDirectoryMode, secretFileMode } from "./files.ts";
import type { Closable } from "./lifecycle.ts";

const lockContent = z.object({ pid: z.int().min(1), startTicks: z.string() });
const attemptCountMax = 5;

/**
 * Field 22 of /proc/PID/stat, the start time in clock ticks: with the pid it names one process for
 * ever, pids alone are used again. Null when the process is gone, or is a zombie that nobody reaped.
 */
export async function processStartTicks(pid: number): Promise<string | null> {
  const text = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  // The name in parentheses may hold spaces and parentheses itself: count from the last one.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  if (!fields || fields[0] === "Z" || fields[0] === "X") return null;
  return fields[19] ?? null;
}

/**
 * Holds `path` for this process. Throws `Conflict` when a living process holds it; a lock whose
 * process is gone (also after kill -9) is taken over.
 */
export async function holdLock(path: string, what: string): Promise<Closable> {
  await mkdir(dirname(path), { recursive: true, mode: secretDirectoryMode });
  const own = JSON.stringify({
    pid: process.pid,
    startTicks: await processStartTicks(process.pid),
  });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, own, { mode: secretFileMode });
  try {
    for (let attempt = 0; attempt < attemptCountMax; attempt++) {
      if (await tryLink(draft, path)) return { close: () => unlink(path).catch(() => {}) };
      const holder = await livingHolder(path);
      if (holder !== null) {
        throw new NightcapError("Conflict", `${what} is in use by process ${holder} (${path})`);
      }
      await unlink(path).catch(() => {});
    }
    throw new NightcapError("Conflict", `${what} is being taken by others (${path})`);
  } finally {
    await unlink(draft).catch(() => {});
  }
}

/** A link is made whole or not at all, so that of two processes one wins. */
async function tryLink(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "EEXIST") return false;
      throw error;
    },
  );
}

async function livingHolder(path: string): Promise<number | null> {
  const text = await readFile(path, "utf8").catch(() => "");
  try {
    const { pid, startTicks } = lockContent.parse(JSON.parse(text));
    return (await processStartTicks(pid)) === startTicks ? pid : null;
  } catch {
    return null;
  }
}
