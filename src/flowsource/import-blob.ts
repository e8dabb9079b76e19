import type { FlowSource, SourceBlob } from "./flow-source.ts";
import { type ChunkOutcome, readChunk } from "./blob-chunks.ts";
import { isGzip, readBeginning, readContent } from "./blob-content.ts";
import { ByteQueue } from "./byte-queue.ts";
import type { BlobCheckpoint } from "./chunk-ledger.ts";
import { importLimits } from "./import-limits.ts";
import type { BlobImport, BlobParts, Position } from "./import-parts.ts";
import { addEnding } from "./import-totals.ts";
import { blocksName, readHead } from "./nodes.ts";
import { placeOf } from "./place.ts";

/**
 * Brings the rows of a blob that are new into the table. Throws `PreconditionFailed` when the blob changes
 * meanwhile: what was complete is in, and reading it again goes on from there.
 */
export async function importBlob(
  source: FlowSource,
  blob: SourceBlob,
  parts: BlobParts,
): Promise<void> {
  const { ledger, totals, checkpoint: known } = parts;
  const place = placeOf(source, blob);
  if (known?.etag === blob.etag) {
    totals.unchanged++;
    totals.present += known.rows;
    return;
  }
  if (await ledger.isRecorded(place)) {
    totals.recorded.push(blob.name);
    return;
  }
  const run: BlobImport = { ...parts, source, blob };
  const begun = await findBeginning(run, known);
  if (begun === null) return;
  const { position } = begun;
  const rowsBefore = position.rows;
  const isWhole = await readChunks(run, position, begun.isCompressed);
  // Sizes of blocks say nothing about content that is compressed.
  const blocks = begun.isCompressed ? [] : (begun.blocks ?? []);
  const checkpoint: BlobCheckpoint = {
    etag: isWhole ? blob.etag : "",
    consumedBytes: position.consumedBytes,
    node: position.node,
    head: begun.head,
    blocks: blocksName(blocks, position.consumedBytes),
    rows: position.rows,
  };
  // Behind the inserts of this blob: what a checkpoint names is in the table.
  await parts.lane.addAfterAll(async () => {
    await parts.notes.flush();
    await ledger.writeCheckpoint({ ...checkpoint, place });
    if (checkpoint.rows > rowsBefore) parts.onRows?.(blob, checkpoint.rows - rowsBefore);
  });
}

interface Beginning {
  readonly position: Position;
  readonly head: string;
  readonly isCompressed: boolean;
  readonly blocks: Awaited<ReturnType<NonNullable<FlowSource["blocks"]>>> | null;
}

/**
 * Goes on behind the checkpoint where the blob has only grown, and begins anew where it is another one. Null when there
 * is no record to begin with: nothing was written yet, or it is no flow log.
 */
async function findBeginning(
  run: BlobImport,
  known: BlobCheckpoint | null,
): Promise<Beginning | null> {
  const { source, blob, signal, totals } = run;
  const blocks = source.blocks ? await source.blocks(blob, signal) : null;
  const resumed = known && {
    node: known.node,
    consumedBytes: known.consumedBytes,
    rows: known.rows,
    isNew: false,
    ahead: null,
  };
  if (known && resumed && blocks && known.blocks !== "") {
    const isSame = blocksName(blocks, known.consumedBytes) === known.blocks;
    if (isSame) return { position: resumed, head: known.head, isCompressed: false, blocks };
  }
  const raw = await readBeginning(source, blob, { count: importLimits.headSizeBytes, signal });
  const isCompressed = isGzip(raw);
  const { node: head, summary } = readHead(isCompressed ? await unpackedHead(run) : raw);
  if (head === null) {
    addEnding(totals, summary, { blob: blob.name, start: 0 });
    return null;
  }
  const isGrown = isCompressed || blob.sizeBytes >= (known?.consumedBytes ?? 0);
  const isSame = known !== null && known.head === head && isGrown;
  if (resumed && isSame) return { position: resumed, head, isCompressed, blocks };
  if (known !== null) totals.replaced.push(blob.name);
  const position = { node: head, consumedBytes: 0, rows: 0, isNew: false, ahead: null };
  return { position, head, isCompressed, blocks };
}

async function unpackedHead(run: BlobImport): Promise<Uint8Array> {
  const { source, blob, signal } = run;
  const content = readContent(source, blob, {
    start: 0,
    signal,
    isCompressed: true,
    onBytes: () => undefined,
  });
  const queue = new ByteQueue(content, 0);
  try {
    return queue.peek(await queue.fill(importLimits.headSizeBytes));
  } finally {
    await queue.close();
  }
}

/** False when the reading ended before the blob's end. */
async function readChunks(
  run: BlobImport,
  position: Position,
  isCompressed: boolean,
): Promise<boolean> {
  for (;;) {
    const outcome = await readFrom(run, position, isCompressed);
    if (outcome !== "again") return outcome === "end";
  }
}

async function readFrom(
  run: BlobImport,
  position: Position,
  isCompressed: boolean,
): Promise<ChunkOutcome> {
  const { source, blob, signal, totals, memory } = run;
  const { readAheadBytes, smallBlobSizeBytesMax } = importLimits;
  const content = readContent(source, blob, {
    start: position.consumedBytes,
    signal,
    isCompressed,
    memory,
    onBytes: (count) => {
      totals.bytes += count;
    },
  });
  const aheadBytes = run.isSmall ? smallBlobSizeBytesMax : readAheadBytes;
  const queue = new ByteQueue(content, aheadBytes, memory);
  try {
    for (;;) {
      signal.throwIfAborted();
      const outcome = await readChunk(run, queue, position);
      if (outcome !== "more") return outcome;
    }
  } finally {
    if (position.ahead) run.parser.release(position.ahead.batches);
    position.ahead = null;
    await queue.close();
  }
}
