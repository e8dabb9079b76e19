/** Work that is done beside each other, so long as there are not too many at it with too many bytes. */
export interface ReadingRoom {
  /** Begins the work when there is room for so many bytes; resolves then, and rejects when earlier work failed. */
  add(sizeBytes: number, work: () => Promise<void>): Promise<void>;
  /** Waits for all work; rejects with the first failure. */
  finish(): Promise<void>;
}

export function createReadingRoom(countMax: number, sizeBytesMax: number): ReadingRoom {
  const running = new Set<Promise<void>>();
  let usedBytes = 0;
  let failure: { error: unknown } | null = null;
  const throwIfFailed = (): void => {
    if (failure) throw failure.error;
  };
  const run = async (sizeBytes: number, work: () => Promise<void>): Promise<void> => {
    usedBytes += sizeBytes;
    try {
      await work();
    } catch (error) {
      failure ??= { error };
    } finally {
      usedBytes -= sizeBytes;
    }
  };
  return {
    async add(sizeBytes, work) {
      const isFull = () => running.size >= countMax || usedBytes + sizeBytes > sizeBytesMax;
      while (running.size > 0 && isFull()) await Promise.race(running);
      throwIfFailed();
      const task = run(sizeBytes, work);
      running.add(task);
      void task.finally(() => running.delete(task));
    },
    async finish() {
      await Promise.all(running);
      throwIfFailed();
    },
  };
}
