import type { FlowBatch } from "../../flowlog/flow-batch.ts";
import type { FlowLogSummary } from "../../flowlog/flow-log-summary.ts";

export interface ParseRequest {
  /** The bytes to parse, given away. */
  readonly window: Uint8Array<ArrayBuffer>;
  /** Batches whose rows have been used, given back. */
  readonly free: readonly FlowBatch[];
}

export interface ParseAnswer {
  /** Up to the end of the last complete record. */
  readonly summary: FlowLogSummary;
  /** Of those bytes, hexadecimal. */
  readonly sha256: string;
  /** Their rows, in order. */
  readonly batches: readonly FlowBatch[];
}

/** With the memory of the window, given back. */
export interface WorkerAnswer {
  readonly answer: ParseAnswer;
  readonly memory: ArrayBuffer;
}

/** The memory of batches, for giving them to another thread. */
export const buffersOf = (batches: readonly FlowBatch[]): ArrayBuffer[] =>
  batches.flatMap((batch) =>
    Object.values(batch)
      .filter((column) => ArrayBuffer.isView(column))
      .map(({ buffer }) => buffer as ArrayBuffer),
  );
