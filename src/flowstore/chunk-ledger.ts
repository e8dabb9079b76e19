import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { backoffDelay } from "../common/backoff.ts";
import { systemClock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { gather } from "../common/gather.ts";
import type { EngineQuery, FlowEngine } from "./engine.ts";

/** Chunks that may follow one node. */
const branchCountMax = 1_000;
/** Calls that go in one statement. */
const togetherMax = 256;
/** A server of a cluster that starts again is waited for, half a minute at most. */
const attemptCountMax = 12;
const backoff = { minimumMilliseconds: 50, maximumMilliseconds: 5_000 };

interface Chunk {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly isRolledLater: boolean;
}

interface Checkpoint {
  readonly etag: string;
  readonly consumedBytes: number;
  readonly node: string;
  readonly head: string;
  readonly blocks: string;
  readonly rows: number;
}

/**
 * Keeps which parts of flow logs are in the table `flow`, beside it. Of two claims of the same place in the
 * order, made at once on any hosts, the engine's de-duplication takes one: that is the whole agreement.
 */
export function createChunkLedger({ servers }: FlowEngine) {
  // Without Keeper the first server of the cluster keeps it for all: two servers could take a claim each.
  const [engine] = servers;
  assert(engine, "an engine without servers");
  const insert = (sql: string, parameters: Record<string, unknown>, token = "") =>
    again(() => engine.command(smallInsert(sql, parameters, token)));
  /** One statement for all that is asked of the ledger at once: with many small blobs it is most of the work. */
  const together = <Key, Value>(work: (keys: readonly Key[]) => Promise<readonly Value[]>) =>
    gather(togetherMax, (keys: readonly Key[]) => again(() => work(keys)));
  const winnerOf = together((claims: readonly Claim[]) => readWinners(engine, claims));
  return {
    following: together((nodes: readonly string[]) => readFollowing(engine, nodes)),
    async claim(node: string, chunk: Chunk, ordinal: number): Promise<boolean> {
      if (ordinal >= branchCountMax) throw new RangeError("too many chunks follow one beginning");
      const claim = { node, next: nextOf(node, chunk.sha256), ordinal, ...chunk };
      await insert(
        `INSERT INTO flow_chunk (node, next, ordinal, sizeBytes, sha256, isRolledLater)
         VALUES ({node:String}, {next:String}, {ordinal:UInt32}, {sizeBytes:UInt64}, {sha256:String}, {isRolledLater:Bool})`,
        { ...claim },
        `${node}-${ordinal}`,
      );
      const winner = await winnerOf(claim);
      return (
        winner?.next === claim.next &&
        winner.size === String(chunk.sizeBytes) &&
        winner.isRolledLater === chunk.isRolledLater &&
        !winner.isDone
      );
    },
    finish: together((chunks: readonly { next: string; rows: number }[]) =>
      insert(
        `INSERT INTO flow_chunk_done (next, rows)
         SELECT one.1, one.2 FROM (SELECT arrayJoin(arrayZip({next:Array(String)}, {rows:Array(UInt64)})) AS one)`,
        columnsOf(chunks),
      ).then(() => []),
    ),
    readCheckpoint: together((places: readonly string[]) => readCheckpoints(engine, places)),
    writeCheckpoint: together((checkpoints: readonly (Checkpoint & { place: string })[]) =>
      insert(
        `INSERT INTO flow_checkpoint (place, etag, consumedBytes, node, head, blocks, rows)
         SELECT one.1, one.2, one.3, one.4, one.5, one.6, one.7 FROM (SELECT arrayJoin(arrayZip(
           {place:Array(String)}, {etag:Array(String)}, {consumedBytes:Array(UInt64)}, {node:Array(String)},
           {head:Array(String)}, {blocks:Array(String)}, {rows:Array(UInt64)})) AS one)`,
        columnsOf(checkpoints),
      ).then(() => []),
    ),
    /** Rows of these places came, or will come, to the table by another way than from blobs. */
    markRecorded: (places: readonly string[]) =>
      insert("INSERT INTO flow_recorded (place) SELECT arrayJoin({places:Array(String)})", {
        places,
      }),
    isRecorded: together(async (places: readonly string[]) => {
      await catchUp(engine, "flow_recorded");
      const rows = await engine.rows<{ place: string }>({
        sql: "SELECT DISTINCT place FROM flow_recorded WHERE place IN {places:Array(String)}",
        parameters: { places },
      });
      const recorded = new Set(rows.map(({ place }) => place));
      return places.map((place) => recorded.has(place));
    }),
  };
}

/** Objects of one kind as a list for each of their members. */
function columnsOf(objects: readonly object[]): Record<string, unknown[]> {
  const names = Object.keys(objects[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, objects.map((one) => (one as Record<string, unknown>)[name])]),
  );
}

/** All calls here may be made twice, so one whose engine went away is. */
async function again<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const hasGone = error instanceof NightcapError && error.code === "ServiceUnavailable";
      if (!hasGone || attempt + 1 >= attemptCountMax) throw error;
      await systemClock.sleep(backoffDelay(backoff, attempt));
    }
  }
}

/** The same as the importer's: the node behind a chunk. */
const nextOf = (node: string, sha256: string): string =>
  createHash("sha256").update(`${node}\0${sha256}`).digest("hex");

/** With Keeper any replica may be asked, and one that is behind would say that nobody was there. */
const catchUp = async (
  engine: FlowEngine,
  table: "flow_chunk" | "flow_recorded",
): Promise<void> => {
  if (engine.layout.replicated) await engine.command({ sql: `SYSTEM SYNC REPLICA ${table}` });
};

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

interface Claim {
  readonly node: string;
  readonly next: string;
  readonly ordinal: number;
}

/** Who was first with each, without the join that `following` needs: it is asked behind each claim. */
async function readWinners(engine: FlowEngine, claims: readonly Claim[]) {
  await catchUp(engine, "flow_chunk");
  const rows = await engine.rows<Claim & { size: string; isRolledLater: boolean; done: number }>({
    sql: `SELECT node, next, ordinal, toString(sizeBytes) AS size, isRolledLater,
            next IN (SELECT next FROM flow_chunk_done WHERE next IN {next:Array(String)}) AS done
          FROM flow_chunk WHERE node IN {node:Array(String)}
            AND has(arrayZip({node:Array(String)}, {ordinal:Array(UInt32)}), (node, ordinal))`,
    parameters: columnsOf(claims.map(({ node, next, ordinal }) => ({ node, next, ordinal }))),
  });
  return claims.map(({ node, ordinal }) => {
    const row = rows.find((one) => one.node === node && one.ordinal === ordinal);
    return row && { ...row, isDone: row.done === 1 };
  });
}

async function readFollowing(engine: FlowEngine, nodes: readonly string[]) {
  await catchUp(engine, "flow_chunk");
  const rows = await engine.rows<{
    node: string;
    size: string;
    sha256: string;
    isRolledLater: boolean;
    count: string;
    done: number;
  }>({
    sql: `SELECT c.node AS node, toString(sizeBytes) AS size, sha256, isRolledLater,
                 toString(max(d.rows)) AS count, toUInt8(countIf(d.next != '') > 0) AS done
          FROM flow_chunk AS c LEFT JOIN (
            SELECT next, rows FROM flow_chunk_done
            WHERE next IN (SELECT next FROM flow_chunk WHERE node IN {nodes:Array(String)})
          ) AS d ON d.next = c.next
          WHERE c.node IN {nodes:Array(String)}
          GROUP BY c.node, c.ordinal, sizeBytes, sha256, isRolledLater
          ORDER BY c.node, c.ordinal LIMIT ${branchCountMax} BY c.node`,
    parameters: { nodes },
  });
  const byNode = Map.groupBy(rows, ({ node }) => node);
  return nodes.map((node) =>
    (byNode.get(node) ?? []).map(({ size, sha256, isRolledLater, count, done }) => ({
      sizeBytes: Number(size),
      sha256,
      isRolledLater,
      rows: done === 1 ? Number(count) : null,
    })),
  );
}

function smallInsert(sql: string, parameters: Record<string, unknown>, token: string): EngineQuery {
  const settings = {
    async_insert: 0,
    ...(token === "" ? {} : { insert_deduplication_token: token }),
  };
  return { sql, parameters, settings };
}
