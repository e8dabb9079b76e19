import type { FlowBatch } from "../flowlog/flow-batch.ts";
import type { ClassifiedFlows } from "../traffic/classified-flows.ts";
import type { FlowEngine } from "./engine.ts";
import { encodeFlows } from "./native/flow-block.ts";
import { createNativeWriter, type NativeWriter } from "./native/native-writer.ts";
import { insertTarget } from "./schema/arrivals.ts";

/** Names the rows: the same token again, also after a crash, inserts nothing. */
export interface InsertFlowsOptions {
  readonly token: string;
  /** Processing interval of the flow log, as Azure has it. */
  readonly intervalMinutes?: 10 | 60;
  /** Left out: whether they are many. The same rows need the same answer each time. On a cluster they never are. */
  readonly isRolledLater?: boolean;
  readonly signal?: AbortSignal;
}

/** Rows of one insert; ClickHouse keeps them as one block, which is what a token names. */
export const insertRowsMax = 1_000_000;

const defaultIntervalMinutes = 60;

/** A row of a block is 84 to 115 bytes; with them the words of its dictionaries. */
const rowSizeBytes = 100;
const blockSizeBytesMin = 1 << 18;

/** From so many on, rows of one insert are rolled up later, by `addUpHours`; what the control plane writes is less. */
export const rolledLaterRowsMin = 150_000;

/** Memory of large blocks, for the next ones: as garbage it cost more CPU than filling it. */
const writers: NativeWriter[] = [];
const spareWritersMax = 3;

/**
 * Writes the batch to the table `flow` and resolves when it is on disk. A crash of the engine is
 * retried with the same token, so that the rows are there once. The batch may be filled again when the
 * promise has been made: its columns are copied before the first wait.
 */
export async function insertFlows(
  engine: FlowEngine,
  batch: FlowBatch,
  classes: ClassifiedFlows | null,
  options: InsertFlowsOptions,
): Promise<void> {
  if (batch.length === 0) return;
  if (batch.length > insertRowsMax) {
    throw new RangeError(`an insert takes ${insertRowsMax} rows, the batch has ${batch.length}`);
  }
  const writer =
    writers.pop() ?? createNativeWriter(blockSizeBytesMin + batch.length * rowSizeBytes);
  const isMany = batch.length >= rolledLaterRowsMin;
  const isLater = engine.layout.cluster === null && (options.isRolledLater ?? isMany);
  const columns = encodeFlows(writer, batch, classes, {
    intervalMinutes: options.intervalMinutes ?? defaultIntervalMinutes,
    isRolledLater: isLater,
  });
  const table = isLater ? "flow" : insertTarget(engine.layout);
  await engine.insertNative(table, columns, writer.bytes(), {
    token: options.token,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  // After a failure something may still be reading the block.
  if (batch.length >= rolledLaterRowsMin && writers.length < spareWritersMax) writers.push(writer);
}
