import { createHash } from "node:crypto";
import { NightcapError } from "../common/errors.ts";
import type { ByteQueue } from "./byte-queue.ts";
import type { LedgerChunk, NewChunk } from "./chunk-ledger.ts";
import { importLimits } from "./import-limits.ts";
import type { BlobImport, Position } from "./import-parts.ts";
import { addEnding, addMalformed } from "./import-totals.ts";
import { insertToken, nextNode } from "./nodes.ts";
import type { ParseAnswer } from "./parse/parse-messages.ts";

/** Takes the records that come next: those that are in the table already as one did before, else as many as a window has. */
export async function readChunk(
  run: BlobImport,
  queue: ByteQueue,
  position: Position,
): Promise<"more" | "end" | "failed"> {
  const [known, available] = await Promise.all([
    position.isNew ? [] : run.ledger.following(position.node),
    queue.fill(windowSizeOf(run)),
  ]);
  if (available === 0) return "end";
  const found = await findKnown(queue, known);
  if (found) {
    await takeKnown(run, queue, { position, chunk: found });
    return "more";
  }
  const answer = await parseNext(run, queue);
  const { summary } = answer;
  const start = position.consumedBytes;
  if (summary.consumedBytes > 0) {
    const isOurs = await takeNew(run, queue, { position, answer, known });
    if (!isOurs) return "more";
    queue.skip(summary.consumedBytes);
  }
  if (summary.failure === null && summary.consumedBytes > 0) return "more";
  addEnding(run.totals, summary, { blob: run.blob.name, start });
  return summary.failure === null ? "end" : "failed";
}

const windowSizeOf = ({ isSmall }: BlobImport): number =>
  isSmall ? importLimits.smallBlobSizeBytesMax : importLimits.windowSizeBytes;

/** Widens the window until it holds a record, or the blob has no more bytes. */
async function parseNext(run: BlobImport, queue: ByteQueue): Promise<ParseAnswer> {
  for (let size = windowSizeOf(run); ; size *= 2) {
    const available = await queue.fill(size);
    const answer = await run.parser.parse(available, (window) => queue.copy(window));
    const isOpen = answer.summary.consumedBytes === 0 && answer.summary.failure === null;
    if (!isOpen || available < size) return answer;
    run.parser.release(answer.batches);
    if (size >= importLimits.windowSizeBytesMax)
      throw new NightcapError(
        "InvalidRequestContent",
        `one record is larger than ${importLimits.windowSizeBytesMax} bytes`,
      );
  }
}

interface NewRows {
  readonly position: Position;
  readonly answer: ParseAnswer;
  readonly known: readonly LedgerChunk[];
}

/** False when the next bytes were claimed before, which is found in the next round. */
async function takeNew(
  run: BlobImport,
  queue: ByteQueue,
  { position, answer, known }: NewRows,
): Promise<boolean> {
  const { consumedBytes: sizeBytes, rows } = answer.summary;
  const { node } = position;
  const isRolledLater = run.isBulk || rows >= importLimits.rolledLaterRowsMin;
  const chunk = { sizeBytes, sha256: answer.sha256, isRolledLater };
  const isSmall = run.isSmall && sizeBytes <= importLimits.smallBlobSizeBytesMax;
  const small = isSmall && {
    ...chunk,
    node,
    bytes: queue.peek(sizeBytes),
    batches: answer.batches,
  };
  const claim = (ordinal: number): Promise<boolean> =>
    small ? run.bundles.take({ ...small, ordinal }) : run.ledger.claim(node, chunk, ordinal);
  position.isNew = await claimNext(run, queue, { node, chunk, known, claim });
  if (position.isNew) {
    const taken = { position, chunk, kind: "inserted" } as const;
    count(run, answer, taken);
    if (!small) return addRows(run, answer, taken).then(() => true);
    run.totals.inserted += rows;
  }
  run.parser.release(answer.batches);
  return position.isNew;
}

interface NextClaim {
  readonly node: string;
  readonly chunk: NewChunk;
  readonly known: readonly LedgerChunk[];
  readonly claim: (ordinal: number) => Promise<boolean>;
}

/** False when the next bytes were claimed before. */
async function claimNext(
  { ledger, turns }: BlobImport,
  queue: ByteQueue,
  { node, chunk, known: given, claim }: NextClaim,
): Promise<boolean> {
  let isOurs = false;
  await turns.take(node, given, async (before) => {
    let known = before;
    const isKnown = async () => known !== given && (await findKnown(queue, known)) !== null;
    while (!isOurs && !(await isKnown())) {
      isOurs = await claim(known.length);
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
  { totals, ledger, parser, lane, insert }: BlobImport,
  { summary, batches }: ParseAnswer,
  { position, chunk, kind }: TakenRows,
): Promise<void> {
  const next = position.node;
  await lane.add(async () => {
    for (const [index, batch] of batches.entries()) {
      await insert(batch, insertToken(next, index), chunk.isRolledLater);
      totals[kind] += batch.length;
    }
    parser.release(batches);
    await ledger.finish({ next, rows: summary.rows });
  });
}
