import { createHash } from "node:crypto";
import { openingSizeBytesMax } from "../flowlog/blob-blocks.ts";
import type { FlowBatch } from "../flowlog/flow-batch.ts";
import type { FlowLogSummary } from "../flowlog/flow-log-summary.ts";
import { NightcapError } from "../common/errors.ts";
import { isGzip, readBeginning, readContent } from "./blob-content.ts";
import { ByteQueue } from "./byte-queue.ts";
import type { BlobCheckpoint, ChunkLedger, LedgerChunk } from "./chunk-ledger.ts";
import type { ClaimTurns } from "./claim-turns.ts";
import type { FlowSource, SourceBlob } from "./flow-source.ts";
import { importLimits } from "./import-limits.ts";
import { addMalformed, addOpen, type ImportTotals } from "./import-totals.ts";
import type { InsertLane } from "./insert-lane.ts";
import { blocksName, insertToken, nextNode, readHead } from "./nodes.ts";
import type { ParseAnswer } from "./parse/parse-messages.ts";
import type { WindowParser } from "./parse/window-parser.ts";
import type { PieceMemory } from "./piece-memory.ts";
import { placeOf } from "./place.ts";

/** Takes rows: the same token again adds nothing. */
export type InsertRows = (batch: FlowBatch, token: string, isRolledLater: boolean) => Promise<void>;

export interface ImportParts {
  readonly ledger: ChunkLedger;
  readonly insert: InsertRows;
  readonly parser: WindowParser;
  readonly lane: InsertLane;
  readonly turns: ClaimTurns;
  readonly memory: PieceMemory;
  readonly totals: ImportTotals;
  readonly signal: AbortSignal;
  /** All rows are rolled up later, by whoever imports: else those of large chunks are. */
  readonly isBulk: boolean;
  /** Called when new rows of a blob are in the table. */
  readonly onRows?: ((blob: SourceBlob, rows: number) => void) | undefined;
}

interface BlobImport extends ImportParts {
  readonly source: FlowSource;
  readonly blob: SourceBlob;
}

/** Where the reading of one blob is. */
interface Position {
  node: string;
  consumedBytes: number;
  rows: number;
  /** Nobody had been here before: then the ledger is asked for what follows only when another importer meets this one. */
  isNew: boolean;
}

/**
 * Brings the rows of a blob that are new into the table. Throws `PreconditionFailed` when the blob changes
 * meanwhile: what was complete is in, and reading it again goes on from there.
 */
export async function importBlob(
  source: FlowSource,
  blob: SourceBlob,
  parts: ImportParts,
): Promise<void> {
  const { ledger, totals } = parts;
  const place = placeOf(source, blob);
  const known = await ledger.readCheckpoint(place);
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
  };
  if (known && resumed && blocks && known.blocks !== "") {
    const isSame = blocksName(blocks, known.consumedBytes) === known.blocks;
    if (isSame) return { position: resumed, head: known.head, isCompressed: false, blocks };
  }
  const raw = await readBeginning(source, blob, { count: importLimits.headSizeBytes, signal });
  const isCompressed = isGzip(raw);
  const { node: head, summary } = readHead(isCompressed ? await unpackedHead(run) : raw);
  if (head === null) {
    addEnding(run, summary, 0);
    return null;
  }
  const isGrown = isCompressed || blob.sizeBytes >= (known?.consumedBytes ?? 0);
  const isSame = known !== null && known.head === head && isGrown;
  if (resumed && isSame) return { position: resumed, head, isCompressed, blocks };
  if (known !== null) totals.replaced.push(blob.name);
  const position = { node: head, consumedBytes: 0, rows: 0, isNew: false };
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
  const { source, blob, signal, totals, memory } = run;
  const content = readContent(source, blob, {
    start: position.consumedBytes,
    signal,
    isCompressed,
    memory,
    onBytes: (count) => {
      totals.bytes += count;
    },
  });
  const queue = new ByteQueue(content, importLimits.readAheadBytes, memory);
  try {
    for (;;) {
      signal.throwIfAborted();
      const outcome = await readChunk(run, queue, position);
      if (outcome !== "more") return outcome === "end";
    }
  } finally {
    await queue.close();
  }
}

async function readChunk(
  run: BlobImport,
  queue: ByteQueue,
  position: Position,
): Promise<"more" | "end" | "failed"> {
  const [known, available] = await Promise.all([
    position.isNew ? [] : run.ledger.following(position.node),
    queue.fill(importLimits.windowSizeBytes),
  ]);
  if (available === 0) return "end";
  const found = await findKnown(queue, known);
  if (found) {
    await takeKnown(run, queue, { position, chunk: found });
    return "more";
  }
  const answer = await parseNext(run, queue);
  const { summary } = answer;
  if (summary.consumedBytes > 0) {
    const chunk = {
      sizeBytes: summary.consumedBytes,
      sha256: answer.sha256,
      isRolledLater: run.isBulk || summary.rows >= importLimits.rolledLaterRowsMin,
    };
    position.isNew = await claimNext(run, queue, { node: position.node, chunk, known });
    if (!position.isNew) {
      run.parser.release(answer.batches);
      return "more";
    }
    await takeRows(run, answer, { position, chunk, kind: "inserted" });
    queue.skip(summary.consumedBytes);
  }
  if (summary.failure === null && summary.consumedBytes > 0) return "more";
  addEnding(run, summary, position.consumedBytes - summary.consumedBytes);
  return summary.failure === null ? "end" : "failed";
}

/** False when the next bytes were claimed before, which is found in the next round. */
async function claimNext(
  { ledger, turns }: BlobImport,
  queue: ByteQueue,
  next: { node: string; chunk: NewChunk; known: readonly LedgerChunk[] },
): Promise<boolean> {
  const { node, chunk } = next;
  let isOurs = false;
  await turns.take(node, next.known, async (before) => {
    let known = before;
    const isKnown = async () => known !== next.known && (await findKnown(queue, known)) !== null;
    while (!isOurs && !(await isKnown())) {
      isOurs = await ledger.claim(node, chunk, known.length);
      // Another importer was first there.
      known = isOurs ? [...known, { ...chunk, rows: null }] : await ledger.following(node);
    }
    return known;
  });
  return isOurs;
}

/** Tells how a reading that began at `start` ended, unless that was the blob's proper end. */
function addEnding({ blob, totals }: BlobImport, summary: FlowLogSummary, start: number): void {
  const { failure, isComplete, receivedBytes: bytes } = summary;
  if (failure) {
    const message = `${failure.message} (at byte ${start + failure.offset})`;
    totals.failures.push({ blob: blob.name, code: failure.code, message });
  } else if (!isComplete && bytes > openingSizeBytesMax)
    addOpen(totals, { blob: blob.name, offset: start, bytes });
}

/** Widens the window until it holds a record, or the blob has no more bytes. */
async function parseNext({ parser }: BlobImport, queue: ByteQueue): Promise<ParseAnswer> {
  for (let size: number = importLimits.windowSizeBytes; ; size *= 2) {
    const available = await queue.fill(size);
    const answer = await parser.parse(available, (window) => queue.copy(window));
    const isOpen = answer.summary.consumedBytes === 0 && answer.summary.failure === null;
    if (!isOpen || available < size) return answer;
    parser.release(answer.batches);
    if (size >= importLimits.windowSizeBytesMax)
      throw new NightcapError(
        "InvalidRequestContent",
        `one record is larger than ${importLimits.windowSizeBytesMax} bytes`,
      );
  }
}

/** The chunk in the ledger that the next bytes are. */
async function findKnown(
  queue: ByteQueue,
  known: readonly LedgerChunk[],
): Promise<LedgerChunk | null> {
  const hashes = new Map<number, string>();
  for (const chunk of known) {
    if (chunk.sizeBytes > importLimits.windowSizeBytesMax) continue;
    if ((await queue.fill(chunk.sizeBytes)) < chunk.sizeBytes) continue;
    const hash = hashes.get(chunk.sizeBytes) ?? hashOf(queue.peek(chunk.sizeBytes));
    hashes.set(chunk.sizeBytes, hash);
    if (hash === chunk.sha256) return chunk;
  }
  return null;
}

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** Passes over rows that are in the table, and repeats those of a chunk that was begun. */
async function takeKnown(
  run: BlobImport,
  queue: ByteQueue,
  { position, chunk }: { position: Position; chunk: LedgerChunk },
): Promise<void> {
  if (chunk.rows === null) {
    const answer = await run.parser.parse(chunk.sizeBytes, (window) => queue.copy(window));
    await takeRows(run, answer, { position, chunk, kind: "repeated" });
  } else {
    run.totals.present += chunk.rows;
    advance(position, chunk, chunk.rows);
  }
  queue.skip(chunk.sizeBytes);
  position.isNew = false;
}

type NewChunk = Omit<LedgerChunk, "rows">;

function advance(position: Position, chunk: NewChunk, rows: number): void {
  position.node = nextNode(position.node, chunk.sha256);
  position.consumedBytes += chunk.sizeBytes;
  position.rows += rows;
}

/** Inserts, then says so, while the next window is read and parsed. */
async function takeRows(
  run: BlobImport,
  { summary, batches }: ParseAnswer,
  { position, chunk, kind }: { position: Position; chunk: NewChunk; kind: "inserted" | "repeated" },
): Promise<void> {
  const { totals, ledger, parser } = run;
  addMalformed(totals, summary, { blob: run.blob.name, start: position.consumedBytes });
  totals.records += summary.records;
  advance(position, chunk, summary.rows);
  const next = position.node;
  await run.lane.add(async () => {
    for (const [index, batch] of batches.entries()) {
      await run.insert(batch, insertToken(next, index), chunk.isRolledLater);
      totals[kind] += batch.length;
    }
    parser.release(batches);
    await ledger.finish({ next, rows: summary.rows });
  });
}
