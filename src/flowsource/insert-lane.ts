/** Work that is done in order beside the caller's own; the caller waits only when too much is waiting. */
export interface InsertLane {
  /** Resolves when there is room for more; rejects when earlier work failed. */
  add(work: () => Promise<void>): Promise<void>;
  /** Waits for all work; rejects with the first failure. */
  finish(): Promise<void>;
}

export function createInsertLane(waitingCountMax: number): InsertLane {
  const waiting: Promise<void>[] = [];
  let last = Promise.resolve();
  let failure: { error: unknown } | null = null;
  const throwIfFailed = (): void => {
    if (failure) throw failure.error;
  };
  const runAfter = async (before: Promise<void>, work: () => Promise<void>): Promise<void> => {
    await before;
    if (failure) return;
    try {
      await work();
    } catch (error) {
      failure = { error };
    }
  };
  return {
    async add(work) {
      throwIfFailed();
      last = runAfter(last, work);
      waiting.push(last);
      while (waiting.length > waitingCountMax) await waiting.shift();
      throwIfFailed();
    },
    async finish() {
      await last;
      throwIfFailed();
    },
  };
}
