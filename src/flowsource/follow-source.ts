import { type Closable, startLoop } from "../common/lifecycle.ts";
import type { FlowSource, SourceBlob } from "./flow-source.ts";
import { importSource, type ImportOptions } from "./import-source.ts";
import { emptyTotals, type ImportTotals } from "./import-totals.ts";

export interface FollowOptions extends Omit<ImportOptions, "signal" | "totals" | "isSettled"> {
  readonly intervalMilliseconds: number;
  /** After each round, also one without news. */
  readonly onRound: (totals: ImportTotals) => void;
  /** What kept a round from being finished; the next one tries again. */
  readonly onError: (error: unknown) => void;
}

/** Looks again and again what is new, at once where the place tells of changes. */
export function followSource(source: FlowSource, options: FollowOptions): Closable {
  /** The version of each blob that was read as far as it goes. */
  const settled = new Map<string, string>();
  const loop = startLoop({
    intervalMilliseconds: options.intervalMilliseconds,
    onError: options.onError,
    async work(signal) {
      const totals = emptyTotals();
      const seen = new Map<string, SourceBlob>();
      await importSource(source, {
        ...options,
        signal,
        totals,
        isSettled: ({ name, etag }) => settled.get(name) === etag,
        onBlob: (progress) => {
          seen.set(progress.blob.name, progress.blob);
          options.onBlob?.(progress);
        },
      });
      for (const { code, blob } of totals.failures) if (passing.has(code)) seen.delete(blob);
      for (const { name, etag } of seen.values()) settled.set(name, etag);
      options.onRound(totals);
    },
  });
  const watcher = source.watch?.(() => loop.wake());
  return {
    async close() {
      await watcher?.close();
      await loop.close();
    },
  };
}

/** Failures that another try may not meet. */
const passing: ReadonlySet<string> = new Set(["PreconditionFailed", "StorageUnavailable"]);
