/** A fixed set of buffers, each reading or sending one block; the first failure stops all. */
export function createLanes(count: number, sizeBytes: number, outer: AbortSignal) {
  const abort = new AbortController();
  const signal = AbortSignal.any([outer, abort.signal]);
  const free: Buffer[] = [];
  let made = 0;
  let failure: { error: unknown } | null = null;
  const running = new Set<Promise<void>>();
  const throwIfFailed = (): void => {
    if (failure) throw failure.error;
    outer.throwIfAborted();
  };
  return {
    throwIfFailed,
    async take(): Promise<Buffer> {
      while (true) {
        throwIfFailed();
        const lane = free.pop();
        if (lane) return lane;
        if (made < count) {
          made++;
          return Buffer.allocUnsafeSlow(sizeBytes);
        }
        await Promise.race(running);
      }
    },
    release(lane: Buffer): void {
      free.push(lane);
    },
    run(lane: Buffer, work: (signal: AbortSignal) => Promise<void>): void {
      const task = work(signal)
        .catch((error: unknown) => {
          failure ??= { error };
          abort.abort();
        })
        .finally(() => {
          free.push(lane);
          running.delete(task);
        });
      running.add(task);
    },
    async finish(): Promise<void> {
      await Promise.all(running);
    },
  };
}
