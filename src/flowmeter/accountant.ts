// What both engines share: from tuples to records, given away when the ones before were taken.
import { type FlowMeterCounters, newCounters } from "./counters.ts";
import type { FlowRow } from "./flow-row.ts";
import type { EngineStart, FromEngine, RuleMarks, ToEngine } from "./messages.ts";
import { type MeterRecord, writeRecords } from "./records.ts";
import type { ToldChange } from "./told-flow.ts";
import { createTupleQueue, type TupleQueue } from "./tuple-queue.ts";

const unknownMarkCountMax = 1_024;

export interface Accountant {
  readonly counters: FlowMeterCounters;
  add(row: FlowRow): boolean;
  /** The rule that a conntrack mark stands for; "" when there is none. */
  ruleOf(mark: number): string;
  /**
   * Gives away what waits, unless the last records are still with the other side; with it what the flows'
   * tuples until now have told of them.
   */
  flush(takeTold?: () => ToldChange | null): void;
  /** Takes a message that concerns it; true for `close`. */
  take(message: ToEngine): boolean;
}

export function createAccountant(
  start: EngineStart,
  post: (message: FromEngine) => void,
): Accountant {
  const { settings } = start;
  const counters = newCounters();
  const queue = createTupleQueue({
    countMax: settings.pendingTupleCountMax,
    unmarkedRule: settings.unmarkedRule,
    targets: start.targets,
    counters,
  });
  let rules = new Map(start.marks);
  const unknown = new Set<number>();
  let isTaken = true;

  function setMarks(marks: RuleMarks): void {
    rules = new Map(marks);
  }

  return {
    counters,
    add: (row) => queue.add(row),
    ruleOf(mark) {
      const masked = (mark & settings.ruleMarkMask) >>> 0;
      if (masked === 0) return "";
      const rule = rules.get(masked);
      if (rule === undefined && !unknown.has(masked) && unknown.size < unknownMarkCountMax) {
        unknown.add(masked);
        post({ kind: "unknownMark" });
      }
      return rule ?? "";
    },
    flush(takeTold) {
      if (!isTaken) return;
      const told = takeTold?.() ?? null;
      if (queue.length === 0 && told === null) return;
      const records = recordsOf(queue, counters);
      isTaken = false;
      post({ kind: "records", records, told });
    },
    take(message) {
      if (message.kind === "targets") queue.targets = message.targets;
      else if (message.kind === "marks") setMarks(message.marks);
      else if (message.kind === "taken") isTaken = true;
      return message.kind === "close";
    },
  };
}

function recordsOf(queue: TupleQueue, counters: FlowMeterCounters): MeterRecord[] {
  const now = Date.now();
  const records = queue.take().flatMap((batch) => writeRecords(batch, queue.targets, now));
  for (const { tupleCount } of records) counters.tuplesTotal += tupleCount;
  counters.recordsTotal += records.length;
  return records;
}
