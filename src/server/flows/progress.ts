import type { FlowLogProgress } from "../../provider/network/flow-log-status.ts";

/** How far the records of each flow log came since the start, and what stands in their way. */
export interface Progress {
  wrote(kind: "blobs" | "rows", flowLogIds: Iterable<string>, time: number): void;
  /** What is wrong with one flow log, or with all of them; null: nothing any more. */
  failed(kind: "blobs" | "rows", flowLogId: string | null, problem: string | null): void;
  of(flowLogId: string): FlowLogProgress;
}

/** Flow logs that are remembered; those of one control plane are far fewer. */
const rememberedCountMax = 100_000;

export function createProgress(): Progress {
  const times = { blobs: new Map<string, number>(), rows: new Map<string, number>() };
  const problems = new Map<string, string>();
  const keyOf = (kind: string, flowLogId: string | null): string => `${kind} ${flowLogId ?? ""}`;
  return {
    wrote(kind, flowLogIds, time) {
      for (const id of flowLogIds) {
        problems.delete(keyOf(kind, id));
        if (times[kind].size < rememberedCountMax) times[kind].set(id, time);
      }
    },
    failed(kind, flowLogId, problem) {
      const key = keyOf(kind, flowLogId);
      if (problem === null) problems.delete(key);
      else if (problems.size < rememberedCountMax) problems.set(key, problem);
    },
    of: (id) => ({
      lastBlobAt: times.blobs.get(id) ?? null,
      lastRowAt: times.rows.get(id) ?? null,
      problem:
        problems.get(keyOf("blobs", id)) ??
        problems.get(keyOf("rows", id)) ??
        problems.get(keyOf("blobs", null)) ??
        problems.get(keyOf("rows", null)) ??
        null,
    }),
  };
}
