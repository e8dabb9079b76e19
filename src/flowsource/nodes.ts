import { createHash } from "node:crypto";
import { createFlowBatch } from "../flowlog/flow-batch.ts";
import { createFlowLogReader } from "../flowlog/flow-log-reader.ts";
import type { FlowLogSummary } from "../flowlog/flow-log-summary.ts";
import type { SourceBlock } from "./flow-source.ts";
import { importLimits } from "./import-limits.ts";

const { headSizeBytes } = importLimits;

/** Rows in fewer than `headSizeBytes` bytes. */
const headRowsMax = 64;

const sha256 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

/** How a blob begins. */
export interface Head {
  /** Null while there are too few bytes. */
  readonly node: string | null;
  /** Of the bytes up to the end of the first record. */
  readonly summary: FlowLogSummary;
}

/**
 * The node at a blob's beginning: of its first bytes, or of those up to the end of its first record where
 * that ends before, so that a blob keeps it while it grows.
 */
export function readHead(beginning: Uint8Array): Head {
  const bytes = beginning.subarray(0, headSizeBytes);
  const batch = createFlowBatch(headRowsMax);
  const reader = createFlowLogReader(batch, () => batch);
  let size = 0;
  while (size < bytes.length && reader.progress.records === 0)
    reader.write(bytes.subarray(size, ++size));
  const isShort = size < headSizeBytes && reader.progress.records === 0;
  return {
    node: isShort ? null : sha256("head\0", bytes.subarray(0, size)),
    summary: reader.end(),
  };
}

/** The node behind a chunk. */
export const nextNode = (node: string, chunkSha256: string): string =>
  sha256(`${node}\0${chunkSha256}`);

/** Names the rows of one insert; the same rows have the same name on every host and at every time. */
export const insertToken = (next: string, index: number): string => `chunk-${next}-${index}`;

/** Names the blocks that end at or before `offset`; "" when there are none. */
export function blocksName(blocks: readonly SourceBlock[], offset: number): string {
  const names: string[] = [];
  let end = 0;
  for (const { id, sizeBytes } of blocks) {
    end += sizeBytes;
    if (end > offset) break;
    names.push(`${id} ${sizeBytes}`);
  }
  return names.length === 0 ? "" : sha256(names.join("\n"));
}
