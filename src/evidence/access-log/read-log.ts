import { type AccessEntry, parseLine } from "./entry.ts";
import { listSegments, readLines } from "./segments.ts";

export interface LogQuery {
  /** Entries with a greater number. */
  after: number;
  limit: number;
  /** Only those whose target or session has one of these in it, in any case; empty: all. */
  targets: readonly string[];
}

/** A page of the log, in its order; whole lines only, and none that was altered past reading. */
export async function readLog(directory: string, query: LogQuery): Promise<AccessEntry[]> {
  const { after, limit, targets } = query;
  const wanted = targets.map((target) => target.toLowerCase());
  const segments = await listSegments(directory);
  const first = segments.findLastIndex(({ firstSequence }) => firstSequence <= after + 1);
  const found: AccessEntry[] = [];
  // What an entry that was found led to is wanted too.
  const begun = new Set<number>();
  for (const { path } of segments.slice(Math.max(0, first))) {
    for await (const { bytes, whole } of readLines(path)) {
      const entry = whole ? parseLine(bytes.toString("utf8")) : null;
      if (!entry || entry.sequence <= after) continue;
      if (wanted.length > 0 && !concerns(entry, wanted, begun)) continue;
      if (entry.kind !== "end") begun.add(entry.sequence);
      found.push(entry);
      if (found.length >= limit) return found;
    }
  }
  return found;
}

function concerns(
  { target, kind, refersTo }: AccessEntry,
  wanted: readonly string[],
  begun: ReadonlySet<number>,
): boolean {
  if (kind === "end") return refersTo !== undefined && begun.has(refersTo);
  const lower = target.toLowerCase();
  return wanted.some((text) => lower.includes(text));
}
