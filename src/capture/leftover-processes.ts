import { readdir, readFile } from "node:fs/promises";
import type { Clock } from "../common/clock.ts";
import { processStartTicks } from "../common/lock-file.ts";

const terminateTimeoutMilliseconds = 2_000;
const killTimeoutMilliseconds = 5_000;
const pollMilliseconds = 10;

interface Leftover {
  pid: number;
  startTicks: string;
}

/**
 * Ends every recorder (dumpcap, also while it is still setpriv or nsenter) that writes below `directory`:
 * those of an agent that was killed. The command line names them, so that no crash between the start of
 * a process and the writing of a pid file leaves one unseen, and a pid that was used again is never hit.
 * Returns how many there were.
 */
export async function endLeftovers(directory: string, clock: Clock): Promise<number> {
  const leftovers = await findLeftovers(directory);
  await Promise.all(leftovers.map((leftover) => endLeftover(leftover, clock)));
  return leftovers.length;
}

async function findLeftovers(directory: string): Promise<Leftover[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (!recordsBelow(commandLine.split("\0"), directory)) return null;
      const startTicks = await processStartTicks(pid);
      return startTicks === null ? null : { pid, startTicks };
    }),
  );
  return found.filter((leftover) => leftover !== null);
}

function recordsBelow(words: readonly string[], directory: string): boolean {
  const file = words[words.indexOf("-w") + 1] ?? "";
  return (
    words.includes("-w") &&
    words.some((word) => word.endsWith("dumpcap")) &&
    file.startsWith(`${directory}/`)
  );
}

async function endLeftover(leftover: Leftover, clock: Clock): Promise<void> {
  signalProcess(leftover, "SIGTERM");
  if (await isGone(leftover, clock, terminateTimeoutMilliseconds)) return;
  signalProcess(leftover, "SIGKILL");
  await isGone(leftover, clock, killTimeoutMilliseconds);
}

function signalProcess({ pid }: Leftover, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** A zombie counts as gone: whoever should reap it may never do so. */
async function isGone(
  { pid, startTicks }: Leftover,
  clock: Clock,
  timeoutMilliseconds: number,
): Promise<boolean> {
  for (let waited = 0; waited <= timeoutMilliseconds; waited += pollMilliseconds) {
    if ((await processStartTicks(pid)) !== startTicks) return true;
    await clock.sleep(pollMilliseconds);
  }
  return false;
}
