import { createFlowBatch, type FlowBatch } from "../../flowlog/flow-batch.ts";
import { createFlowLogReader } from "../../flowlog/flow-log-reader.ts";
import { type JournalRecord, readEntry } from "./journal-entry.ts";
import type { JournalBatch } from "./journal/consumer.ts";

/** Rows of one insert. */
const rowCountMax = 131_072;
const rowCountMin = 64;
/** The shortest text of a tuple. */
const tupleSizeBytesMin = 32;
const opening = Buffer.from("[");
const comma = Buffer.from(",");
const closing = Buffer.from("]");

/** The records of a batch by flow log, in the order of the journal. */
export function recordsByFlowLog({ entries }: JournalBatch): Map<string, JournalRecord[]> {
  const found = new Map<string, JournalRecord[]>();
  for (const { bytes } of entries) {
    for (const record of readEntry(bytes).records) {
      const known = found.get(record.flowLogId);
      if (known) known.push(record);
      else found.set(record.flowLogId, [record]);
    }
  }
  return found;
}

/** Rows, and what could not be read of their records. */
export interface ReadRows {
  readonly batches: readonly FlowBatch[];
  readonly malformedCount: number;
  /** Records that are JSON and no records of a flow log. */
  readonly unreadableCount: number;
}

/** The records' tuples as rows, in batches that depend on the records alone. */
export function readRows(records: readonly JournalRecord[]): ReadRows {
  const whole = tryRows(records);
  if (whole) return whole;
  // One of them is none; each by itself, so that only that one is lost.
  const parts = records.map((record) => tryRows([record]));
  const read = parts.filter((part) => part !== null);
  return {
    batches: read.flatMap(({ batches }) => batches),
    malformedCount: read.reduce((sum, { malformedCount }) => sum + malformedCount, 0),
    unreadableCount: parts.length - read.length,
  };
}

function tryRows(records: readonly JournalRecord[]): ReadRows | null {
  const batches: FlowBatch[] = [];
  const sizeBytes = records.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const capacity = Math.min(rowCountMax, rowCountMin + Math.ceil(sizeBytes / tupleSizeBytesMin));
  const reader = createFlowLogReader(createFlowBatch(capacity), (full) => {
    if (full.length > 0) batches.push(full);
    return createFlowBatch(capacity);
  });
  reader.write(opening);
  for (const [index, { bytes }] of records.entries()) {
    if (index > 0) reader.write(comma);
    reader.write(bytes);
  }
  reader.write(closing);
  const { malformed, failure } = reader.end();
  return failure === null ? { batches, malformedCount: malformed, unreadableCount: 0 } : null;
}
