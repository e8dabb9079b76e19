import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

/** What one run of a command cost. */
export interface Cost {
  cpuSeconds: number;
  peakMegabytes: number;
  /** Exit status; 128 and the signal's number when a signal ended it; -1 when it took too long. */
  status: number;
}

const runSecondsMax = 1_800;
const bytesPerKilobyte = 1_024;
const warmReadSizeBytes = 4 * 1_048_576;

/** Compiles one of the C files beside this one; null when that cannot be done. */
export function compile(name: string, work: string, libraries: readonly string[]): string | null {
  const source = join(import.meta.dirname, `${name}.c`);
  const program = join(work, name);
  const flags = libraries.map((library) => `-l${library}`);
  const { status } = spawnSync("gcc", ["-O2", "-o", program, source, ...flags], {
    stdio: "ignore",
  });
  return status === 0 ? program : null;
}

/** Runs a command with its output thrown away; `measurer` is the compiled `measure.c`. */
export async function measure(
  command: readonly string[],
  { measurer, work }: { measurer: string; work: string },
): Promise<Cost> {
  const resultPath = join(work, "measured");
  const child = spawn(measurer, [resultPath, ...command], {
    stdio: "ignore",
    cwd: work,
    // A group of its own, so that one signal reaches the command too.
    detached: true,
  });
  const isInTime = await endOf(child);
  if (!isInTime) return { cpuSeconds: 0, peakMegabytes: 0, status: -1 };
  const [status = 0, user = 0, system = 0, kilobytes = 0] = readFileSync(resultPath, "utf8")
    .split(" ")
    .map(Number);
  return {
    cpuSeconds: (user + system) / 1e6,
    peakMegabytes: (kilobytes * bytesPerKilobyte) / 1e6,
    status,
  };
}

/** False when it took too long and was ended. */
async function endOf(child: ReturnType<typeof spawn>): Promise<boolean> {
  let isInTime = true;
  const timer = setTimeout(() => {
    isInTime = false;
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  }, runSecondsMax * 1_000);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  clearTimeout(timer);
  if (isInTime && status !== 0) throw new Error(`the measuring process ended with ${status}`);
  return isInTime;
}

/** Reads a file, so that it is in the page cache. */
export function warm(path: string): void {
  const file = openSync(path, "r");
  const buffer = Buffer.allocUnsafe(warmReadSizeBytes);
  while (readSync(file, buffer) > 0);
  closeSync(file);
}

/** The run in the middle, by processor time. */
export function medianCost(costs: readonly Cost[]): Cost {
  const sorted = costs.toSorted((one, other) => one.cpuSeconds - other.cpuSeconds);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Error("no runs");
  return middle;
}
