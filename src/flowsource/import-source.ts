import { describeError, NightcapError } from "../common/errors.ts";
import { createChunkBundles, repeatUnfinished } from "./chunk-bundles.ts";
import type { BlobCheckpoint, ChunkLedger } from "./chunk-ledger.ts";
import { createClaimTurns } from "./claim-turns.ts";
import { createFinishNotes } from "./finish-notes.ts";
import type { FlowSource, SourceBlob } from "./flow-source.ts";
import { importBlob } from "./import-blob.ts";
import { importLimits } from "./import-limits.ts";
import type { BlobParts, ImportParts } from "./import-parts.ts";
import { emptyTotals, type ImportTotals, sortByBlob } from "./import-totals.ts";
import { createInsertLane, type InsertLane } from "./insert-lane.ts";
import { createPieceMemory } from "./piece-memory.ts";
import { placeOf } from "./place.ts";
import { createReadingRoom } from "./reading-room.ts";

export interface ImportOptions extends Omit<
  ImportParts,
  "lane" | "turns" | "totals" | "memory" | "isBulk" | "bundles" | "notes"
> {
  /** Whoever imports adds up the hours of what came, so that none of many rows need be rolled up as they come. */
  readonly addsUp?: boolean;
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
  totals.repeated += await repeatUnfinished(options);
  let wanted: ReadonlySet<string> | null = null;
  for (let round = 1; ; round++) {
    const blobs = (await listBlobs(source, options.signal)).filter(
      (blob) => (wanted === null || wanted.has(blob.name)) && options.isSettled?.(blob) !== true,
    );
    const isLast = round >= importLimits.changedRoundCountMax;
    const changed = await importBlobs(source, blobs, { ...options, totals, isLast });
    sortByBlob(totals);
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
  const changed = new Set<string>();
  const sizeBytes = blobs.reduce((sum, blob) => sum + blob.sizeBytes, 0);
  const { bulkSizeBytesMin, bulkBlobsMin } = importLimits;
  const isMuch = sizeBytes >= bulkSizeBytesMin || blobs.length >= bulkBlobsMin;
  const parts = {
    ...options,
    isBulk: options.addsUp === true && isMuch,
    memory: createPieceMemory(importLimits.pieceMemoryBytesMax),
    turns: createClaimTurns(),
    bundles: createChunkBundles(options),
    notes: createFinishNotes(options.ledger),
  };
  const lane = createInsertLane(importLimits.insertsAtOnceMax);
  const small = createReadingRoom(
    importLimits.smallBlobsAtOnceMax,
    importLimits.smallBlobsBytesMax,
  );
  const importOne = async (found: FoundBlob, own: InsertLane): Promise<void> => {
    const { blob, checkpoint, isSmall } = found;
    options.onBlob?.({ blob, count: blobs.length, sizeBytes });
    const isWhole = await importWhole(source, blob, { ...parts, checkpoint, isSmall, lane: own });
    if (!isWhole) changed.add(blob.name);
  };
  try {
    for await (const found of withCheckpoints(source, blobs, options.ledger)) {
      if (found.isSmall)
        await small.add(found.newBytes, () => importSmall((own) => importOne(found, own)));
      else {
        await small.finish();
        await importOne(found, lane);
      }
    }
    await small.finish();
  } finally {
    await Promise.allSettled([small.finish(), lane.finish()]);
    await parts.notes.flush();
  }
  await lane.finish();
  return changed;
}

interface FoundBlob {
  readonly blob: SourceBlob;
  readonly checkpoint: BlobCheckpoint | null;
  /** As far as it can be told before it is read. */
  readonly newBytes: number;
  readonly isSmall: boolean;
}

/** The blobs with what is known of them, of many at once; those with few new bytes first among these. */
async function* withCheckpoints(
  source: FlowSource,
  blobs: readonly SourceBlob[],
  ledger: ChunkLedger,
): AsyncGenerator<FoundBlob> {
  const { checkpointsAtOnceMax, smallBlobSizeBytesMax } = importLimits;
  for (let at = 0; at < blobs.length; at += checkpointsAtOnceMax) {
    const some = blobs.slice(at, at + checkpointsAtOnceMax);
    const places = some.map((blob) => ledger.readCheckpoint(placeOf(source, blob)));
    const checkpoints = await Promise.all(places);
    const found = some.map((blob, index): FoundBlob => {
      const checkpoint = checkpoints[index] ?? null;
      const newBytes = newBytesOf(blob, checkpoint);
      return { blob, checkpoint, newBytes, isSmall: newBytes <= smallBlobSizeBytesMax };
    });
    yield* found.filter(({ isSmall }) => isSmall);
    yield* found.filter(({ isSmall }) => !isSmall);
  }
}

/** Of what is compressed it is not known how much it is, nor where the new bytes are. */
function newBytesOf({ name, sizeBytes }: SourceBlob, checkpoint: BlobCheckpoint | null): number {
  const isPacked = name.toLowerCase().endsWith(".gz");
  if (isPacked) return sizeBytes * importLimits.packedRatio;
  const readBytes = checkpoint?.consumedBytes ?? 0;
  return readBytes <= sizeBytes ? sizeBytes - readBytes : sizeBytes;
}

/** With a lane of its own, as its checkpoint is not to wait for other blobs. */
async function importSmall(work: (lane: InsertLane) => Promise<void>): Promise<void> {
  const lane = createInsertLane(importLimits.insertsAtOnceMax);
  try {
    await work(lane);
  } finally {
    await lane.finish();
  }
}

/** False when the blob changed while it was read, and is to be read again. */
async function importWhole(
  source: FlowSource,
  blob: SourceBlob,
  options: BlobParts & { readonly isLast: boolean },
): Promise<boolean> {
  const { totals, signal, isLast } = options;
  totals.blobs++;
  try {
    await importBlob(source, blob, options);
  } catch (error) {
    signal.throwIfAborted();
    if (isChange(error) && !isLast) {
      totals.blobs--;
      return false;
    }
    totals.failures.push(failureOf(error, blob));
  }
  return true;
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
