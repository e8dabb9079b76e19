/** Work that is done beside the caller's own; the caller waits only when too much is going on. */
export interface InsertLane {
  /** Resolves when there is room for more; rejects when earlier work failed. */
  add(work: () => Promise<void>): Promise<void>;
  /** The same for work that begins when all before it is done. */
  addAfterAll(work: () => Promise<void>): Promise<void>;
  /** Waits for all work; rejects with the first failure. */
  finish(): Promise<void>;
}

export function createInsertLane(atOnceMax: number): InsertLane {
  const running = new Set<Promise<void>>();
  let failure: { error: unknown } | null = null;
  const throwIfFailed = (): void => {
    if (failure) throw failure.error;
  };
  const run = async (before: readonly Promise<void>[], work: () => Promise<void>) => {
    await Promise.all(before);
    if (failure) return;
    try {
      await work();
    } catch (error) {
      failure ??= { error };
    }
  };
  const begin = async (before: readonly Promise<void>[], work: () => Promise<void>) => {
    throwIfFailed();
    const task = run(before, work);
    running.add(task);
    void task.finally(() => running.delete(task));
    while (running.size >= atOnceMax) await Promise.race(running);
    throwIfFailed();
  };
  return {
    add: (work) => begin([], work),
    addAfterAll: (work) => begin([...running], work),
    async finish() {
      await Promise.all(running);
      throwIfFailed();
    },
  };
}
