import { createHash } from "node:crypto";
import { joinBatches } from "../flowlog/join-batches.ts";
import type { FlowBatch } from "../flowlog/flow-batch.ts";
import type { BundledChunk, ChunkBundle, ChunkLedger } from "./chunk-ledger.ts";
import { collect } from "./collect.ts";
import { importLimits } from "./import-limits.ts";
import type { InsertRows } from "./import-parts.ts";
import { insertToken, nextNode } from "./nodes.ts";
import type { ParseAnswer } from "./parse/parse-messages.ts";
import type { WindowParser } from "./parse/window-parser.ts";

/** A chunk that is small enough to be one of many in an insert. */
export interface SmallChunk extends BundledChunk {
  readonly bytes: Uint8Array;
  readonly batches: readonly FlowBatch[];
  readonly isRolledLater: boolean;
}

/**
 * Small chunks of many blobs, claimed in one go and inserted in one: a claim and an insert cost their statements and the
 * files of their parts, whatever is in them.
 */
export interface ChunkBundles {
  /** Claims the chunk and inserts its rows; false when another importer was first in its place. */
  take(chunk: SmallChunk): Promise<boolean>;
  /**
   * Inserts a bundle again that somebody had begun, and gives the rows of its chunks by the node behind them; null when
   * it has been finished meanwhile.
   */
  repeat(name: string): Promise<ReadonlyMap<string, number> | null>;
}

export interface BundleParts {
  readonly ledger: ChunkLedger;
  readonly insert: InsertRows;
  readonly parser: WindowParser;
}

export function createChunkBundles(parts: BundleParts): ChunkBundles {
  const repeating = new Map<string, Promise<ReadonlyMap<string, number> | null>>();
  const limits = {
    countMax: importLimits.bundleChunksMax,
    quietMilliseconds: importLimits.bundleQuietMilliseconds,
    longestMilliseconds: importLimits.bundleWaitMillisecondsMax,
  };
  return {
    take: collect(limits, (chunks: readonly SmallChunk[]) => takeAll(parts, chunks)),
    repeat(name) {
      const known = repeating.get(name) ?? repeat(parts, name);
      repeating.set(name, known);
      return known.finally(() => repeating.delete(name));
    },
  };
}

async function takeAll(
  parts: BundleParts,
  chunks: readonly SmallChunk[],
): Promise<readonly boolean[]> {
  const ours = new Set<SmallChunk>();
  for (const some of split(chunks))
    for (const chunk of await takeSome(parts, some)) ours.add(chunk);
  return chunks.map((chunk) => ours.has(chunk));
}

const rowsOf = ({ batches }: SmallChunk): number =>
  batches.reduce((sum, { length }) => sum + length, 0);

/** Into what fits one insert. */
function split(chunks: readonly SmallChunk[]): SmallChunk[][] {
  const lists: SmallChunk[][] = [];
  for (const isRolledLater of [false, true]) {
    let rows = 0;
    let list: SmallChunk[] = [];
    for (const chunk of chunks.filter((one) => one.isRolledLater === isRolledLater)) {
      if (list.length === 0 || rows + rowsOf(chunk) > importLimits.bundleRowsMax) {
        lists.push((list = []));
        rows = 0;
      }
      list.push(chunk);
      rows += rowsOf(chunk);
    }
  }
  return lists;
}

/** Gives those that were claimed; their rows are in the table. */
async function takeSome(
  parts: BundleParts,
  chunks: readonly SmallChunk[],
): Promise<readonly SmallChunk[]> {
  const [first] = chunks;
  if (!first) return [];
  if (chunks.length === 1) return (await takeAlone(parts, first)) ? chunks : [];
  const bundle = bundleOf(chunks, first.isRolledLater);
  const taken = await parts.ledger.claimBundle(bundle);
  const places = new Set(Array.from(taken, ({ node }) => node));
  if (places.size > 0)
    return takeSome(
      parts,
      chunks.filter(({ node }) => !places.has(node)),
    );
  await insertBundle(
    parts,
    bundle,
    chunks.map(({ batches }) => batches),
  );
  return chunks;
}

async function takeAlone({ ledger, insert }: BundleParts, chunk: SmallChunk): Promise<boolean> {
  const { node, ordinal, isRolledLater, sizeBytes, sha256, batches } = chunk;
  const isOurs = await ledger.claim(node, { sizeBytes, sha256, isRolledLater }, ordinal);
  if (!isOurs) return false;
  const next = nextNode(node, sha256);
  for (const [index, batch] of batches.entries())
    await insert(batch, insertToken(next, index), isRolledLater);
  await ledger.finish({ next, rows: rowsOf(chunk) });
  return true;
}

function bundleOf(chunks: readonly SmallChunk[], isRolledLater: boolean): ChunkBundle {
  const described = chunks.map(({ node, ordinal, sizeBytes, sha256 }) => ({
    node,
    ordinal,
    sizeBytes,
    sha256,
  }));
  const name = createHash("sha256").update(JSON.stringify({ described, isRolledLater }));
  return {
    name: name.digest("hex"),
    chunks: described,
    isRolledLater,
    content: Buffer.concat(chunks.map(({ bytes }) => bytes)),
  };
}

/** Gives the rows of each chunk by the node behind it. */
async function insertBundle(
  { ledger, insert }: BundleParts,
  { name, chunks, isRolledLater }: ChunkBundle,
  batches: readonly (readonly FlowBatch[])[],
): Promise<ReadonlyMap<string, number>> {
  await insert(joinBatches(batches.flat()), `bundle-${name}`, isRolledLater);
  const rows = new Map<string, number>();
  for (const [index, { node, sha256 }] of chunks.entries()) {
    const count = (batches[index] ?? []).reduce((sum, { length }) => sum + length, 0);
    rows.set(nextNode(node, sha256), count);
  }
  await Promise.all(Array.from(rows, ([next, count]) => ledger.finish({ next, rows: count })));
  await ledger.dropBundle(name);
  return rows;
}

async function repeat(
  parts: BundleParts,
  name: string,
): Promise<ReadonlyMap<string, number> | null> {
  const bundle = await parts.ledger.readBundle(name);
  if (!bundle) return null;
  const answers: ParseAnswer[] = [];
  let at = 0;
  for (const { sizeBytes } of bundle.chunks) {
    const bytes = bundle.content.subarray(at, (at += sizeBytes));
    answers.push(await parts.parser.parse(sizeBytes, (window) => window.set(bytes)));
  }
  const batches = answers.map((answer) => answer.batches);
  try {
    return await insertBundle(parts, bundle, batches);
  } finally {
    parts.parser.release(batches.flat());
  }
}

/** Brings in what importers that ended had claimed, also when its blobs are gone; gives the number of rows. */
export async function repeatUnfinished(parts: BundleParts): Promise<number> {
  let rows = 0;
  for (const name of await parts.ledger.unfinishedBundles())
    for (const count of (await repeat(parts, name))?.values() ?? []) rows += count;
  return rows;
}
