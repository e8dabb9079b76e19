/** An insert of so many bytes is mostly one of many; smaller ones are merged as they come. */
export const bulkInsertBytesMin = 8 << 20;

/** Without a large insert for so long, they are over. */
export const quietMilliseconds = 3_000;
/** Some 300 parts of large inserts: questions read each of them, and at 1,000 the engine slows inserts down. */
export const pauseMillisecondsMax = 30_000;

/** Merges of one table. */
export interface MergeSwitch {
  stop(table: string): void;
  start(table: string): void;
}

export interface MergePause {
  /** Called when a large insert into the table begins. */
  touch(table: string): void;
}

/**
 * Puts merges off while large inserts come one after the other: on two cores they cost more than the inserts
 * themselves, and merging once afterwards is less than merging again what was merged before. All of it is in the
 * engine's process, so that nothing stays put off when a writer or the engine dies.
 */
export function createMergePause(merges: MergeSwitch): MergePause {
  const paused = new Map<string, NodeJS.Timeout>();
  const resting = new Set<string>();
  const resume = (table: string, longest: NodeJS.Timeout): void => {
    clearTimeout(paused.get(table));
    clearTimeout(longest);
    paused.delete(table);
    merges.start(table);
  };
  const pause = (table: string): void => {
    merges.stop(table);
    const longest = setTimeout(() => {
      resume(table, longest);
      resting.add(table); // merges have as long to themselves before the next pause
      setTimeout(() => resting.delete(table), pauseMillisecondsMax).unref();
    }, pauseMillisecondsMax).unref();
    paused.set(table, setTimeout(() => resume(table, longest), quietMilliseconds).unref());
  };
  return {
    touch(table) {
      const quiet = paused.get(table);
      if (quiet) quiet.refresh();
      else if (!resting.has(table)) pause(table);
    },
  };
}
