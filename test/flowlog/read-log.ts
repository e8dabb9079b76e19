import { createFlowBatch, type FlowBatch, type FlowOrigin } from "../../src/flowlog/flow-batch.ts";
import { createFlowLogReader } from "../../src/flowlog/flow-log-reader.ts";
import type { FlowLogProgress, FlowLogSummary } from "../../src/flowlog/flow-log-summary.ts";
import { tupleText } from "../../src/flowlog/tuple-text.ts";

export interface ReadRow {
  /** As a tuple of VNet flow logs. */
  readonly tuple: string;
  readonly origin: FlowOrigin | undefined;
}

export interface ReadLog {
  readonly rows: readonly ReadRow[];
  readonly tuples: readonly string[];
  readonly summary: FlowLogSummary;
  /** What was said with each batch. */
  readonly batches: readonly (FlowLogProgress & { length: number })[];
}

export interface ReadOptions {
  capacity?: number;
  /** Sizes of chunks, again and again; all in one unless given. */
  chunkSizes?: readonly number[];
  /** A new batch each time instead of the same one. */
  swap?: boolean;
}

/** Reads a flow log whole, and gives its rows as plain values. */
export function readLog(input: string | Uint8Array, options: ReadOptions = {}): ReadLog {
  const bytes = typeof input === "string" ? new TextEncoder().encode(input) : input;
  const capacity = options.capacity ?? 100;
  const rows: ReadRow[] = [];
  const batches: (FlowLogProgress & { length: number })[] = [];
  const reader = createFlowLogReader(createFlowBatch(capacity), (batch, progress) => {
    batches.push({ ...progress, length: batch.length });
    rows.push(...rowsOf(batch));
    return options.swap ? createFlowBatch(capacity) : batch;
  });
  for (const chunk of chunks(bytes, options.chunkSizes ?? [])) reader.write(chunk);
  const summary = reader.end();
  return { rows, tuples: rows.map(({ tuple }) => tuple), summary, batches };
}

function* rowsOf(batch: FlowBatch): Generator<ReadRow> {
  for (let row = 0; row < batch.length; row++)
    yield { tuple: tupleText(batch, row), origin: batch.origins[batch.origin[row] ?? -1] };
}

function* chunks(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes[index % Math.max(sizes.length, 1)] ?? bytes.length;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

/** The totals that both documents work out for their example. */
export function totals(tuples: readonly string[]): { packets: number; bytes: number } {
  const counters = tuples.map((tuple) => tuple.split(",").slice(-4).map(Number));
  return {
    packets: counters.reduce((sum, [a = 0, , b = 0]) => sum + a + b, 0),
    bytes: counters.reduce((sum, [, a = 0, , b = 0]) => sum + a + b, 0),
  };
}
