import { describeError, NightcapError } from "../common/errors.ts";
import type { FlowSource, SourceBlob } from "./flow-source.ts";
import { importBlob, type ImportParts } from "./import-blob.ts";
import { importLimits } from "./import-limits.ts";
import { emptyTotals, type ImportTotals } from "./import-totals.ts";
import { createInsertLane } from "./insert-lane.ts";
import { createPieceMemory } from "./piece-memory.ts";

export interface ImportOptions extends Omit<ImportParts, "lane" | "totals" | "memory"> {
  /** Called when a blob begins, and often while it is read. */
  readonly onBlob?: (progress: { blob: SourceBlob; count: number; sizeBytes: number }) => void;
  /** Blobs that need not be looked at. */
  readonly isSettled?: (blob: SourceBlob) => boolean;
  /** Counted on while the import goes on. */
  readonly totals?: ImportTotals;
}

/**
 * Brings all blobs of a source into the table. What one blob lacks is told in the totals, and the others are
 * read; what the engine or the whole source lacks is thrown.
 */
export async function importSource(
  source: FlowSource,
  options: ImportOptions,
): Promise<ImportTotals> {
  const totals = options.totals ?? emptyTotals();
  let wanted: ReadonlySet<string> | null = null;
  for (let round = 1; ; round++) {
    const blobs = (await listBlobs(source, options.signal)).filter(
      (blob) => (wanted === null || wanted.has(blob.name)) && options.isSettled?.(blob) !== true,
    );
    const isLast = round >= importLimits.changedRoundCountMax;
    const changed = await importBlobs(source, blobs, { ...options, totals, isLast });
    if (changed.size === 0 || isLast) return totals;
    wanted = changed;
  }
}

async function listBlobs(source: FlowSource, signal: AbortSignal): Promise<SourceBlob[]> {
  const blobs: SourceBlob[] = [];
  for await (const blob of source.list(signal)) {
    if (blobs.push(blob) > importLimits.blobCountMax)
      throw new NightcapError(
        "InvalidParameter",
        `${source.title} has more than ${importLimits.blobCountMax} blobs: name a prefix`,
      );
  }
  return blobs;
}

interface RoundOptions extends ImportOptions {
  readonly totals: ImportTotals;
  readonly isLast: boolean;
}

/** Gives the names of those that changed while they were read. */
async function importBlobs(
  source: FlowSource,
  blobs: readonly SourceBlob[],
  options: RoundOptions,
): Promise<Set<string>> {
  const { totals, signal } = options;
  const lane = createInsertLane(importLimits.insertsAtOnceMax);
  const memory = createPieceMemory(importLimits.pieceMemoryBytesMax);
  const changed = new Set<string>();
  const sizeBytes = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
  try {
    for (const blob of blobs) {
      options.onBlob?.({ blob, count: blobs.length, sizeBytes });
      totals.blobs++;
      await importBlob(source, blob, { ...options, lane, memory }).catch((error: unknown) => {
        signal.throwIfAborted();
        if (isChange(error) && !options.isLast) {
          changed.add(blob.name);
          totals.blobs--;
        } else totals.failures.push(failureOf(error, blob));
      });
    }
  } finally {
    await lane.finish();
  }
  return changed;
}

const isChange = (error: unknown): boolean =>
  error instanceof NightcapError && error.code === "PreconditionFailed";

/** What is a blob's own; anything else ends the import. */
const blobFaults = new Set(["PreconditionFailed", "StorageUnavailable", "InvalidRequestContent"]);

function failureOf(error: unknown, blob: SourceBlob) {
  const code = error instanceof NightcapError ? error.code : zlibCode(error);
  if (code === null || (code !== "GzipDamaged" && !blobFaults.has(code))) throw error;
  return { blob: blob.name, code, message: describeError(error) };
}

const zlibCode = (error: unknown): string | null =>
  error instanceof Error && "code" in error && String(error.code).startsWith("Z_")
    ? "GzipDamaged"
    : null;
