/** Processor time that may be used at once after a quiet time. */
const burstMilliseconds = 250;

/** Processor time as an allowance that fills at a share of the time that passes. */
export interface CpuBudget {
  /** Whether there is any left. */
  mayWork(): boolean;
  /** Milliseconds until there is some. */
  waitMilliseconds(): number;
  setShare(share: number): void;
  /** What this thread used since it was made. */
  readonly usedMilliseconds: number;
}

/** `used` gives the thread's processor time and `now` the time that passes, both in milliseconds. */
export function createCpuBudget(
  share: number,
  used: () => number = threadMilliseconds,
  now: () => number = () => performance.now(),
): CpuBudget {
  const usedBefore = used();
  let countedUse = usedBefore;
  let countedAt = now();
  let current = share;
  let left = burstMilliseconds;
  const count = (): void => {
    const at = now();
    const use = used();
    left = Math.min(burstMilliseconds, left + (at - countedAt) * current) - (use - countedUse);
    countedAt = at;
    countedUse = use;
  };
  return {
    mayWork() {
      count();
      return left > 0;
    },
    waitMilliseconds() {
      count();
      return left > 0 ? 0 : (1 - left) / current;
    },
    setShare(next) {
      count();
      current = next;
    },
    get usedMilliseconds() {
      return used() - usedBefore;
    },
  };
}

function threadMilliseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
