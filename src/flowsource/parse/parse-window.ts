import { createHash } from "node:crypto";
import { createFlowBatch, type FlowBatch } from "../../flowlog/flow-batch.ts";
import { createFlowLogReader } from "../../flowlog/flow-log-reader.ts";
import { importLimits } from "../import-limits.ts";
import type { ParseAnswer } from "./parse-messages.ts";

/** With its quotes and a comma, in the shortest format. */
const tupleSizeBytesMin = 20;

/**
 * Parses as many complete records as the window has: which they are depends on its bytes alone. Batches
 * are taken from `spare`, and the one that was not needed is put back.
 */
export function parseWindow(window: Uint8Array, spare: FlowBatch[]): ParseAnswer {
  const capacity = capacityFor(window.length);
  const isFull = capacity === importLimits.batchCapacity;
  const take = (): FlowBatch =>
    (isFull ? spare.pop() : undefined) ?? createFlowBatch(capacity, SharedArrayBuffer);
  const batches: FlowBatch[] = [];
  let open = take();
  const reader = createFlowLogReader(open, (full) => {
    batches.push(full);
    open = take();
    return open;
  });
  reader.write(window);
  const summary = reader.end();
  if (isFull) spare.push(open);
  const complete = window.subarray(0, summary.consumedBytes);
  return {
    summary,
    sha256: createHash("sha256").update(complete).digest("hex"),
    batches: firstRows(batches, summary.rows),
  };
}

/** Room for all rows of a small window, so that its size changes nothing but the memory. */
const capacityFor = (sizeBytes: number): number =>
  Math.min(importLimits.batchCapacity, Math.ceil(sizeBytes / tupleSizeBytesMin) + 1);

/** Rows of a record that is larger than a batch are handed out before it is known to be complete. */
function firstRows(batches: readonly FlowBatch[], rowCount: number): FlowBatch[] {
  let left = rowCount;
  return batches.filter((batch) => {
    batch.length = Math.min(batch.length, left);
    left -= batch.length;
    return batch.length > 0;
  });
}
