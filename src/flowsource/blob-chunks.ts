import { createHash } from "node:crypto";
import { NightcapError } from "../common/errors.ts";
import type { ByteQueue } from "./byte-queue.ts";
import type { LedgerChunk, NewChunk } from "./chunk-ledger.ts";
import { importLimits } from "./import-limits.ts";
import type { BlobImport, Position } from "./import-parts.ts";
import { addEnding, addMalformed } from "./import-totals.ts";
import { insertToken, nextNode } from "./nodes.ts";
import type { ParseAnswer } from "./parse/parse-messages.ts";

/** Again: another importer was first, and the bytes of the chunk are to be read again from the position on. */
export type ChunkOutcome = "more" | "end" | "failed" | "again";

/** Takes the records that come next: those that are in the table already as one did before, else as many as a window has. */
export async function readChunk(
  run: BlobImport,
  queue: ByteQueue,
  position: Position,
): Promise<ChunkOutcome> {
  const [known, available] = await Promise.all([
    position.isNew ? [] : run.ledger.following(position.node),
    queue.fill(windowSizeOf(run, position.consumedBytes)),
  ]);
  if (available === 0) return "end";
  const found = await findKnown(queue, known);
  if (found) {
    await takeKnown(run, queue, { position, chunk: found });
    return "more";
  }
  const answer = position.ahead ?? (await parseNext(run, queue, position.consumedBytes));
  position.ahead = null;
  const { summary } = answer;
  const start = position.consumedBytes;
  if (summary.consumedBytes > 0) {
    const isSmall = run.isSmall && summary.consumedBytes <= importLimits.smallBlobSizeBytesMax;
    const next = { position, answer, known };
    if (isSmall && !(await takeSmall(run, queue, next))) return "more";
    if (!isSmall && !(await takeLarge(run, queue, next))) return "again";
  }
  if (summary.failure === null && summary.consumedBytes > 0) return "more";
  addEnding(run.totals, summary, { blob: run.blob.name, start });
  return summary.failure === null ? "end" : "failed";
}

/** Bytes that are parsed in one go from `start` on. */
function windowSizeOf({ isSmall, isBulk }: BlobImport, start: number): number {
  const { smallBlobSizeBytesMax, firstWindowSizeBytes, windowSizeBytes } = importLimits;
  if (isSmall) return smallBlobSizeBytesMax;
  return isBulk && start === 0 ? firstWindowSizeBytes : windowSizeBytes;
}

/** Widens the window until it holds a record, or the blob has no more bytes. */
async function parseNext(run: BlobImport, queue: ByteQueue, start: number): Promise<ParseAnswer> {
  const { windowSizeBytesMax } = importLimits;
  for (let size = windowSizeOf(run, start); ; size = Math.min(size * 2, windowSizeBytesMax)) {
    const available = await queue.fill(size);
    const answer = await run.parser.parse(available, (window) => queue.copy(window));
    if (!isOpen(answer) || available < size) return answer;
    run.parser.release(answer.batches);
    if (size >= windowSizeBytesMax)
      throw new NightcapError(
        "InvalidRequestContent",
        `one record is larger than ${windowSizeBytesMax} bytes`,
      );
  }
}

/** Whether the window ends within its first record. */
const isOpen = ({ summary }: ParseAnswer): boolean =>
  summary.consumedBytes === 0 && summary.failure === null;

/** Parses what comes behind the chunk that is being claimed; null where it takes another look: at the blob's end, or for a large record. */
async function parseAhead(run: BlobImport, queue: ByteQueue): Promise<ParseAnswer | null> {
  const available = await queue.fill(importLimits.windowSizeBytes);
  if (available === 0) return null;
  const answer = await run.parser.parse(available, (window) => queue.copy(window));
  if (!isOpen(answer)) return answer;
  run.parser.release(answer.batches);
  return null;
}

interface NewRows {
  readonly position: Position;
  readonly answer: ParseAnswer;
  readonly known: readonly LedgerChunk[];
}

function chunkOf({ isBulk }: BlobImport, { summary, sha256 }: ParseAnswer): NewChunk {
  const isRolledLater = isBulk || summary.rows >= importLimits.rolledLaterRowsMin;
  return { sizeBytes: summary.consumedBytes, sha256, isRolledLater };
}

/** Claims the chunk while the next one is parsed; false when it was claimed before. */
async function takeLarge(
  run: BlobImport,
  queue: ByteQueue,
  { position, answer, known }: NewRows,
): Promise<boolean> {
  const chunk = chunkOf(run, answer);
  queue.skip(chunk.sizeBytes);
  const [isOurs, ahead] = await Promise.all([
    run.ledger.claim(position.node, chunk, known.length),
    answer.summary.failure ? null : parseAhead(run, queue),
  ]);
  position.isNew = isOurs;
  if (isOurs) {
    position.ahead = ahead;
    const taken = { position, chunk, kind: "inserted" } as const;
    count(run, answer, taken);
    await addRows(run, answer, taken);
  } else for (const { batches } of ahead ? [answer, ahead] : [answer]) run.parser.release(batches);
  return isOurs;
}

/** Claims the chunk and inserts its rows together with those of other blobs; false when it was claimed before. */
async function takeSmall(
  run: BlobImport,
  queue: ByteQueue,
  { position, answer, known }: NewRows,
): Promise<boolean> {
  const chunk = chunkOf(run, answer);
  position.isNew = await claimSmall(run, queue, { position, answer, known });
  if (position.isNew) {
    count(run, answer, { position, chunk, kind: "inserted" });
    run.totals.inserted += answer.summary.rows;
    queue.skip(chunk.sizeBytes);
  }
  run.parser.release(answer.batches);
  return position.isNew;
}

async function claimSmall(
  run: BlobImport,
  queue: ByteQueue,
  { position, answer, known: given }: NewRows,
): Promise<boolean> {
  const { ledger, turns, bundles } = run;
  const { node } = position;
  const chunk = chunkOf(run, answer);
  const small = { ...chunk, node, bytes: queue.peek(chunk.sizeBytes), batches: answer.batches };
  let isOurs = false;
  await turns.take(node, given, async (before) => {
    let known = before;
    const isKnown = async () => known !== given && (await findKnown(queue, known)) !== null;
    while (!isOurs && !(await isKnown())) {
      isOurs = await bundles.take({ ...small, ordinal: known.length });
      // Another importer was first there.
      const claimed = { ...chunk, bundle: "", rows: null };
      known = isOurs ? [...known, claimed] : await ledger.following(node);
    }
    return known;
  });
  return isOurs;
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
  position.isNew = false;
  if (chunk.rows === null && chunk.bundle !== "")
    return repeatBundle(run, queue, { position, chunk });
  if (chunk.rows === null) {
    const answer = await run.parser.parse(chunk.sizeBytes, (window) => queue.copy(window));
    const taken = { position, chunk, kind: "repeated" } as const;
    count(run, answer, taken);
    await addRows(run, answer, taken);
  } else {
    run.totals.present += chunk.rows;
    advance(position, chunk, chunk.rows);
  }
  queue.skip(chunk.sizeBytes);
}

async function repeatBundle(
  { bundles, ledger, totals }: BlobImport,
  queue: ByteQueue,
  { position, chunk }: { position: Position; chunk: LedgerChunk },
): Promise<void> {
  const next = nextNode(position.node, chunk.sha256);
  const rows = (await bundles.repeat(chunk.bundle))?.get(next);
  if (rows !== undefined) {
    totals.repeated += rows;
    advance(position, chunk, rows);
    queue.skip(chunk.sizeBytes);
    return;
  }
  // Finished meanwhile, which the next round finds.
  const known = await ledger.following(position.node);
  if (known.some((one) => one.sha256 === chunk.sha256 && one.rows === null))
    throw new Error(`the ledger of flow logs lacks the bytes of the bundle ${chunk.bundle}`);
}

function advance(position: Position, chunk: NewChunk, rows: number): void {
  position.node = nextNode(position.node, chunk.sha256);
  position.consumedBytes += chunk.sizeBytes;
  position.rows += rows;
}

interface TakenRows {
  readonly position: Position;
  readonly chunk: NewChunk;
  readonly kind: "inserted" | "repeated";
}

function count({ totals, blob }: BlobImport, { summary }: ParseAnswer, taken: TakenRows): void {
  const { position, chunk } = taken;
  addMalformed(totals, summary, { blob: blob.name, start: position.consumedBytes });
  totals.records += summary.records;
  advance(position, chunk, summary.rows);
}

/** Inserts the rows before the position, then says so, while the next window is read and parsed. */
async function addRows(
  { totals, notes, parser, lane, insert }: BlobImport,
  { summary, batches }: ParseAnswer,
  { position, chunk, kind }: TakenRows,
): Promise<void> {
  const next = position.node;
  await lane.add(async () => {
    const inserts = batches.map((batch, index) =>
      insert(batch, insertToken(next, index), chunk.isRolledLater),
    );
    parser.release(batches);
    await Promise.all(inserts);
    totals[kind] += summary.rows;
    await notes.add({ next, rows: summary.rows });
  });
}
