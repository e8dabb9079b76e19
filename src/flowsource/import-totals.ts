import { openingSizeBytesMax } from "../flowlog/blob-blocks.ts";
import type { FlowLogSummary } from "../flowlog/flow-log-summary.ts";
import { importLimits } from "./import-limits.ts";

/** What an import did, so far or in all. */
export interface ImportTotals {
  /** Blobs that were looked at. */
  blobs: number;
  /** Blobs that had not changed since they were read. */
  unchanged: number;
  /** Raw bytes that were read. */
  bytes: number;
  records: number;
  /** Rows that were inserted. */
  inserted: number;
  /** Rows of chunks that somebody had begun: inserted again under their token, which drops what is there. */
  repeated: number;
  /** Rows that were found to be in the table already. */
  present: number;
  malformed: number;
  malformedReasons: MalformedReason[];
  /** Blobs whose reading ended before their end, and why. */
  failures: BlobFailure[];
  /** Blobs that end within a record: cut off, or still being written. The next reading goes on there. */
  open: number;
  /** The first of them. */
  openBlobs: OpenBlob[];
  /** Blobs that began anew because they are not what was read before. */
  replaced: string[];
  /** Blobs that were not read because the control plane brought their rows into the table itself. */
  recorded: string[];
}

export interface MalformedReason {
  readonly blob: string;
  readonly offset: number;
  readonly reason: string;
  readonly value: string;
}

export interface OpenBlob {
  readonly blob: string;
  /** Where the record begins, counted in content that is not compressed. */
  readonly offset: number;
  /** Bytes of it that are there. */
  readonly bytes: number;
}

export interface BlobFailure {
  readonly blob: string;
  readonly code: string;
  readonly message: string;
}

export const emptyTotals = (): ImportTotals => ({
  blobs: 0,
  unchanged: 0,
  bytes: 0,
  records: 0,
  inserted: 0,
  repeated: 0,
  present: 0,
  malformed: 0,
  malformedReasons: [],
  failures: [],
  open: 0,
  openBlobs: [],
  replaced: [],
  recorded: [],
});

/** Small blobs are read beside each other; what is told of them does not depend on which was first. */
export function sortByBlob(totals: ImportTotals): void {
  for (const list of [totals.failures, totals.openBlobs, totals.malformedReasons])
    list.sort((left, right) => compare(left.blob, right.blob));
  for (const names of [totals.replaced, totals.recorded]) names.sort(compare);
}

const compare = (left: string, right: string): number => (left < right ? -1 : Number(left > right));

/** Counts malformed tuples of complete records of a chunk that begins at `start`. */
export function addMalformed(
  totals: ImportTotals,
  summary: FlowLogSummary,
  { blob, start }: { blob: string; start: number },
): void {
  totals.malformed += summary.malformed;
  for (const { offset, reason, value } of summary.malformedTuples) {
    if (offset >= summary.consumedBytes) continue;
    if (totals.malformedReasons.length >= importLimits.reasonCountMax) return;
    totals.malformedReasons.push({ blob, offset: start + offset, reason, value });
  }
}

function addOpen(totals: ImportTotals, blob: OpenBlob): void {
  totals.open++;
  if (totals.openBlobs.length < importLimits.reasonCountMax) totals.openBlobs.push(blob);
}

/** Tells how a reading that began at `start` ended, unless that was the blob's proper end. */
export function addEnding(
  totals: ImportTotals,
  { failure, isComplete, receivedBytes: bytes }: FlowLogSummary,
  { blob, start }: { blob: string; start: number },
): void {
  if (failure) {
    const message = `${failure.message} (at byte ${start + failure.offset})`;
    totals.failures.push({ blob, code: failure.code, message });
  } else if (!isComplete && bytes > openingSizeBytesMax)
    addOpen(totals, { blob, offset: start, bytes });
}
