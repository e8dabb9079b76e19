import { processorSeconds } from "./cpu-limit.ts";
import type { RingFile } from "./ring-file.ts";

/** What is recorded a second, of one interface. */
export interface RecordingRate {
  packetsPerSecond: number;
  bytesPerSecond: number;
}

export interface RecorderLoad {
  rates: ReadonlyMap<string, RecordingRate>;
  /** Processors that the recorders used; null: nothing to compare with yet. */
  cpuShare: number | null;
}

interface Measured {
  at: number;
  sizes: ReadonlyMap<number, number>;
  packets: ReadonlyMap<string, number>;
  spent: ReadonlyMap<number, number>;
}

/** What the recorders do, as a mean of the time since it was last asked for. */
export class RecorderLoadMeter {
  #before: Measured | null = null;

  measure(
    files: readonly RingFile[],
    tracks: readonly { interfaceName: string; packets: number; pid: number | null }[],
    now = performance.now(),
  ): RecorderLoad {
    const before = this.#before;
    const pids = tracks.flatMap(({ pid }) => pid ?? []);
    const measured = {
      at: now,
      sizes: new Map(files.map(({ inode, sizeBytes }) => [inode, sizeBytes])),
      packets: new Map(tracks.map(({ interfaceName, packets }) => [interfaceName, packets])),
      spent: new Map(pids.map((pid) => [pid, processorSeconds(pid)])),
    };
    this.#before = measured;
    if (!before || now <= before.at) return { rates: new Map(), cpuShare: null };
    const seconds = (now - before.at) / 1_000;
    const written = writtenBytes(files, before.sizes);
    const rates = Array.from(measured.packets, ([name, packets]) => {
      const more = Math.max(0, packets - (before.packets.get(name) ?? 0));
      const bytes = written.get(name) ?? 0;
      const rate = { packetsPerSecond: more / seconds, bytesPerSecond: bytes / seconds };
      return [name, rate] as const;
    });
    return { rates: new Map(rates), cpuShare: spentSince(before.spent, measured.spent) / seconds };
  }
}

/** By interface: what files grew by, and all of those that are new. */
function writtenBytes(
  files: readonly RingFile[],
  before: ReadonlyMap<number, number>,
): Map<string, number> {
  const written = new Map<string, number>();
  for (const { interfaceName, inode, sizeBytes } of files) {
    const grown = Math.max(0, sizeBytes - (before.get(inode) ?? 0));
    written.set(interfaceName, (written.get(interfaceName) ?? 0) + grown);
  }
  return written;
}

function spentSince(
  before: ReadonlyMap<number, number>,
  after: ReadonlyMap<number, number>,
): number {
  let sum = 0;
  for (const [pid, seconds] of after) sum += Math.max(0, seconds - (before.get(pid) ?? 0));
  return sum;
}
