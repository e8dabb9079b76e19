import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { gather } from "../../common/gather.ts";
import type { FlowEngine } from "../engine.ts";
import { type Bundle, dropBundle, readBundle, readUnfinished, writeBundle } from "./bundles.ts";
import { type Claim, claimOrder, createClaims } from "./claims.ts";
import { addRows, again, catchUp, type LedgerRow } from "./repeat-calls.ts";

/** Chunks that may follow one node. */
const branchCountMax = 1_000;
/** Calls that go in one statement. */
const togetherMax = 256;
/** Names of blobs are longer than hashes, and ClickHouse takes 128 KiB for one list of them. */
const placesTogetherMax = 100;

type Chunk = Pick<Claim, "sizeBytes" | "sha256" | "isRolledLater">;

interface Checkpoint {
  readonly etag: string;
  readonly consumedBytes: number;
  readonly node: string;
  readonly head: string;
  readonly blocks: string;
  readonly rows: number;
}

/** Keeps which parts of flow logs are in the table `flow`, beside it. */
export function createChunkLedger({ servers }: FlowEngine) {
  // Without Keeper the first server of the cluster keeps it for all: two servers could take a claim each.
  const [engine] = servers;
  assert(engine, "an engine without servers");
  /** One statement for all that is asked of the ledger at once: with many small blobs it is most of the work. */
  const together = <Key, Value>(
    work: (keys: readonly Key[]) => Promise<readonly Value[]>,
    countMax = togetherMax,
  ) => gather(countMax, (keys: readonly Key[]) => again(() => work(keys)));
  const adding = (table: string) =>
    together((rows: readonly LedgerRow[]) => addRows(engine, table, rows).then(() => []));
  const [addFinished, addCheckpoint] = [adding("flow_chunk_done"), adding("flow_checkpoint")];
  const claims = createClaims(engine);
  const claimOne = gather(togetherMax, (wanted: readonly Claim[]) => claims.claimEach(wanted));
  return {
    following: together((nodes: readonly string[]) => readFollowing(engine, nodes)),
    async claim(node: string, chunk: Chunk, ordinal: number): Promise<boolean> {
      return claimOne(claimOf({ ...chunk, node, ordinal }, ""));
    },
    async claimBundle(bundle: Bundle) {
      const { name, chunks, isRolledLater } = bundle;
      await writeBundle(engine, bundle);
      const wanted = chunks.map((chunk) => claimOf({ ...chunk, isRolledLater }, name));
      const taken = await claims.claimAll(wanted);
      // Whoever holds the same bundle needs its bytes until all is finished.
      const isNeeded = [...taken.values()].some((one) => one.bundle === name && one.done === 0);
      if (taken.size > 0 && !isNeeded) await dropBundle(engine, name);
      return new Set(chunks.filter((_, index) => taken.has(wanted[index] as Claim)));
    },
    readBundle: (name: string) => readBundle(engine, name),
    unfinishedBundles: () => readUnfinished(engine),
    dropBundle: (name: string) => dropBundle(engine, name),
    finish: ({ next, rows }: { next: string; rows: number }) => addFinished({ next, rows }),
    readCheckpoint: together(
      (places: readonly string[]) => readCheckpoints(engine, places),
      placesTogetherMax,
    ),
    writeCheckpoint: (checkpoint: Checkpoint & { place: string }) =>
      addCheckpoint({ ...checkpoint }),
    /** Rows of these places came, or will come, to the table by another way than from blobs. */
    markRecorded: (places: readonly string[]) =>
      places.length === 0
        ? Promise.resolve()
        : addRows(
            engine,
            "flow_recorded",
            places.map((place) => ({ place })),
          ),
    isRecorded: together(async (places: readonly string[]) => {
      await catchUp(engine, "flow_recorded");
      const rows = await engine.rows<{ place: string }>({
        sql: "SELECT DISTINCT place FROM flow_recorded WHERE place IN {places:Array(String)}",
        parameters: { places },
      });
      const recorded = new Set(rows.map(({ place }) => place));
      return places.map((place) => recorded.has(place));
    }, placesTogetherMax),
  };
}

function claimOf(chunk: Omit<Claim, "next" | "bundle">, bundle: string): Claim {
  if (chunk.ordinal >= branchCountMax) throw new RangeError("too many chunks follow one beginning");
  const { node, ordinal, sizeBytes, sha256, isRolledLater } = chunk;
  const next = nextOf(node, sha256);
  return { node, next, ordinal, sizeBytes, sha256, isRolledLater, bundle };
}

/** The same as the importer's: the node behind a chunk. */
const nextOf = (node: string, sha256: string): string =>
  createHash("sha256").update(`${node}\0${sha256}`).digest("hex");

async function readCheckpoints(
  engine: FlowEngine,
  places: readonly string[],
): Promise<(Checkpoint | null)[]> {
  type Row = Checkpoint & { place: string; consumed: string; count: string };
  const rows = await engine.rows<Row>({
    sql: `SELECT place, etag, toString(consumedBytes) AS consumed, node, head, blocks, toString(rows) AS count
          FROM flow_checkpoint WHERE place IN {places:Array(String)} ORDER BY written DESC LIMIT 1 BY place`,
    parameters: { places },
  });
  const known = new Map(rows.map((row) => [row.place, row]));
  return places.map((place) => {
    const row = known.get(place);
    return row ? { ...row, consumedBytes: Number(row.consumed), rows: Number(row.count) } : null;
  });
}

async function readFollowing(engine: FlowEngine, nodes: readonly string[]) {
  await catchUp(engine, "flow_chunk");
  const rows = await engine.rows<{
    node: string;
    size: string;
    sha256: string;
    isRolledLater: boolean;
    bundle: string;
    count: string;
    done: number;
  }>({
    sql: `SELECT c.node AS node, toString(c.sizeBytes) AS size, c.sha256 AS sha256, c.isRolledLater AS isRolledLater,
                 c.bundle AS bundle, toString(max(d.rows)) AS count, toUInt8(countIf(d.next != '') > 0) AS done
          FROM (
            SELECT node, next, ordinal, sizeBytes, sha256, isRolledLater, bundle FROM flow_chunk
            WHERE node IN {nodes:Array(String)} ORDER BY ${claimOrder} LIMIT 1 BY node, ordinal
          ) AS c LEFT JOIN (
            SELECT next, rows FROM flow_chunk_done
            WHERE next IN (SELECT next FROM flow_chunk WHERE node IN {nodes:Array(String)})
          ) AS d ON d.next = c.next
          GROUP BY c.node, c.ordinal, c.sizeBytes, c.sha256, c.isRolledLater, c.bundle
          ORDER BY c.node, c.ordinal LIMIT ${branchCountMax} BY c.node`,
    parameters: { nodes },
  });
  const byNode = Map.groupBy(rows, ({ node }) => node);
  return nodes.map((node) =>
    (byNode.get(node) ?? []).map(({ size, sha256, isRolledLater, bundle, count, done }) => ({
      sizeBytes: Number(size),
      sha256,
      isRolledLater,
      bundle,
      rows: done === 1 ? Number(count) : null,
    })),
  );
}
