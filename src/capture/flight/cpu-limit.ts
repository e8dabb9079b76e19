import { readFileSync } from "node:fs";

const windowMilliseconds = 10_000;
/** `sysconf(_SC_CLK_TCK)`: Linux tells times of processes in this unit on every architecture. */
const ticksPerSecond = 100;

/** The processor time of one recorder. */
interface Spent {
  pid: number;
  seconds: number;
}

/** Whoever uses the most when all of them use too much. */
export interface OverLimit {
  name: string;
  /** Processors that all of them used, as a mean of the time looked at. */
  share: number;
}

/**
 * Measures what the ring's recorders use of the processors, and says which of them has to rest when that is
 * more than allowed. A recorder cannot be slowed down without losing packets that nobody counts; one that
 * rests leaves a gap, which the coverage record tells.
 */
export class CpuLimit {
  readonly #shareMax: number;
  #begun: { at: number; spent: Map<string, Spent> } | null = null;

  /** `shareMax`: processors, as a mean of ten seconds. */
  constructor(shareMax: number) {
    this.#shareMax = shareMax;
  }

  /** To be asked again and again; `now` is a monotonic clock's. Null: all is well, or not known yet. */
  check(pids: ReadonlyMap<string, number>, now = performance.now()): OverLimit | null {
    const spent = new Map<string, Spent>();
    for (const [name, pid] of pids) spent.set(name, { pid, seconds: processorSeconds(pid) });
    const begun = this.#begun;
    if (begun && now - begun.at < windowMilliseconds) return null;
    this.#begun = { at: now, spent };
    if (!begun) return null;
    const elapsed = (now - begun.at) / 1_000;
    const shares = Array.from(spent, ([name, { pid, seconds }]) => {
      const before = begun.spent.get(name);
      const used = before?.pid === pid ? seconds - before.seconds : seconds;
      return { name, share: used / elapsed };
    });
    const share = shares.reduce((sum, each) => sum + each.share, 0);
    const [busiest] = shares.toSorted((one, other) => other.share - one.share);
    return busiest && share > this.#shareMax ? { name: busiest.name, share } : null;
  }
}

/** proc_pid_stat(5): utime and stime are the 14th and 15th field; 0 for a process that is gone. */
export function processorSeconds(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}
