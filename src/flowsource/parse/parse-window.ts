import { createHash } from "node:crypto";
import { createFlowBatch, type FlowBatch } from "../../flowlog/flow-batch.ts";
import { createFlowLogReader } from "../../flowlog/flow-log-reader.ts";
import { importLimits } from "../import-limits.ts";
import type { ParseAnswer } from "./parse-messages.ts";

/**
 * Parses as many complete records as the window has: which they are depends on its bytes alone. Batches
 * are taken from `spare`, and the one that was not needed is put back.
 */
export function parseWindow(window: Uint8Array, spare: FlowBatch[]): ParseAnswer {
  const take = (): FlowBatch =>
    spare.pop() ?? createFlowBatch(importLimits.batchCapacity, SharedArrayBuffer);
  const batches: FlowBatch[] = [];
  let open = take();
  const reader = createFlowLogReader(open, (full) => {
    batches.push(full);
    open = take();
    return open;
  });
  reader.write(window);
  const summary = reader.end();
  spare.push(open);
  const complete = window.subarray(0, summary.consumedBytes);
  return {
    summary,
    sha256: createHash("sha256").update(complete).digest("hex"),
    batches: firstRows(batches, summary.rows),
  };
}

/** Rows of a record that is larger than a batch are handed out before it is known to be complete. */
function firstRows(batches: readonly FlowBatch[], rowCount: number): FlowBatch[] {
  let left = rowCount;
  return batches.filter((batch) => {
    batch.length = Math.min(batch.length, left);
    left -= batch.length;
    return batch.length > 0;
  });
}
