import type { ChunkLedger } from "./chunk-ledger.ts";
import { importLimits } from "./import-limits.ts";

/**
 * Chunks whose rows are in the table, which the ledger is told together: one that it is not told of is inserted again,
 * under its token, by whoever meets it.
 */
export interface FinishNotes {
  /** Tells the ledger when there are enough of them, or the first has waited long enough. */
  add(chunk: { readonly next: string; readonly rows: number }): Promise<void>;
  /** Tells it all. */
  flush(): Promise<void>;
}

export function createFinishNotes(ledger: ChunkLedger): FinishNotes {
  let notes: { readonly next: string; readonly rows: number }[] = [];
  let oldestMs = 0;
  let before: Promise<unknown> = Promise.resolve();
  const flush = async (): Promise<void> => {
    const told = notes;
    notes = [];
    before = Promise.all([before, ...told.map((chunk) => ledger.finish(chunk))]);
    await before;
  };
  return {
    async add(chunk) {
      if (notes.push(chunk) === 1) oldestMs = performance.now();
      const isOld = performance.now() - oldestMs >= importLimits.finishMillisecondsMax;
      if (isOld || notes.length >= importLimits.finishCountMax) await flush();
    },
    flush,
  };
}
