import type { FlowBatch } from "../../flowlog/flow-batch.ts";
import type { FlowLogSummary } from "../../flowlog/flow-log-summary.ts";

/**
 * Bytes and rows lie in memory that both threads have, and is used again: handing it to and fro made it new memory each
 * time, over which the garbage collector ran after every few windows.
 */
export interface ParseRequest {
  /** Memory of windows, when it is another one than before. */
  readonly memory?: SharedArrayBuffer;
  readonly sizeBytes: number;
  /** Batches whose rows have been used, by number: free for other rows, or not needed again. */
  readonly free: readonly number[];
  readonly unneeded: readonly number[];
}

export interface ParsedWindow {
  /** Up to the end of the last complete record. */
  readonly summary: FlowLogSummary;
  /** Of those bytes, hexadecimal. */
  readonly sha256: string;
}

export interface ParseAnswer extends ParsedWindow {
  /** Their rows, in order. */
  readonly batches: readonly FlowBatch[];
}

/** What a batch says that does not lie in shared memory; the batch itself comes with its first rows. */
export interface SharedBatch extends Pick<FlowBatch, "length" | "origins"> {
  readonly number: number;
  readonly columns?: FlowBatch;
}

export interface WorkerAnswer extends ParsedWindow {
  readonly batches: readonly SharedBatch[];
}
