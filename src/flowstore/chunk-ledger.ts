import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { backoffDelay } from "../common/backoff.ts";
import { systemClock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import type { EngineQuery, FlowEngine } from "./engine.ts";

/** Chunks that may follow one node. */
const branchCountMax = 1_000;
/** A server of a cluster that starts again is waited for, half a minute at most. */
const attemptCountMax = 12;
const backoff = { minimumMilliseconds: 50, maximumMilliseconds: 5_000 };

interface Chunk {
  readonly sizeBytes: number;
  readonly sha256: string;
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
  const insert = (sql: string, parameters: Record<string, unknown>, token: string) =>
    again(() => engine.command(smallInsert(sql, parameters, token)));
  const following = (node: string) => again(() => readFollowing(engine, node));
  return {
    following,
    async claim(node: string, { sizeBytes, sha256 }: Chunk, ordinal: number): Promise<boolean> {
      if (ordinal >= branchCountMax) throw new RangeError("too many chunks follow one beginning");
      const next = nextOf(node, sha256);
      await insert(
        `INSERT INTO flow_chunk (node, next, ordinal, sizeBytes, sha256)
         VALUES ({node:String}, {next:String}, {ordinal:UInt32}, {sizeBytes:UInt64}, {sha256:String})`,
        { node, next, ordinal, sizeBytes, sha256 },
        `${node}-${ordinal}`,
      );
      const winner = await again(() => readClaim(engine, { node, next, ordinal }));
      return winner?.sha256 === sha256 && winner.size === String(sizeBytes) && winner.isDone === 0;
    },
    finish: (next: string, rows: number) =>
      insert(
        "INSERT INTO flow_chunk_done (next, rows) VALUES ({next:String}, {rows:UInt64})",
        { next, rows },
        next,
      ),
    async readCheckpoint(place: string): Promise<Checkpoint | null> {
      const sql = `SELECT etag, toString(consumedBytes) AS consumed, node, head, blocks, toString(rows) AS count
                   FROM flow_checkpoint WHERE place = {place:String} ORDER BY written DESC LIMIT 1`;
      const [row] = await again(() =>
        engine.rows<Checkpoint & { consumed: string; count: string }>({
          sql,
          parameters: { place },
        }),
      );
      return row ? { ...row, consumedBytes: Number(row.consumed), rows: Number(row.count) } : null;
    },
    writeCheckpoint: (place: string, checkpoint: Checkpoint) =>
      insert(
        `INSERT INTO flow_checkpoint (place, etag, consumedBytes, node, head, blocks, rows)
         VALUES ({place:String}, {etag:String}, {consumedBytes:UInt64}, {node:String}, {head:String},
                 {blocks:String}, {rows:UInt64})`,
        { place, ...checkpoint },
        "",
      ),
    /** Rows of these places came, or will come, to the table by another way than from blobs. */
    markRecorded: (places: readonly string[]) =>
      insert(
        "INSERT INTO flow_recorded (place) SELECT arrayJoin({places:Array(String)})",
        { places },
        "",
      ),
    async isRecorded(place: string): Promise<boolean> {
      const sql = "SELECT 1 AS found FROM flow_recorded WHERE place = {place:String} LIMIT 1";
      const rows = await again(() => engine.rows({ sql, parameters: { place } }));
      return rows.length > 0;
    },
  };
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

const catchUp = async (engine: FlowEngine): Promise<void> => {
  if (engine.layout.replicated) await engine.command({ sql: "SYSTEM SYNC REPLICA flow_chunk" });
};

/** One chunk alone, without the join that many need: it is asked for behind each claim. */
async function readClaim(
  engine: FlowEngine,
  { node, next, ordinal }: { node: string; next: string; ordinal: number },
) {
  await catchUp(engine);
  const [row] = await engine.rows<{ size: string; sha256: string; isDone: number }>({
    sql: `SELECT toString(sizeBytes) AS size, sha256,
            next IN (SELECT next FROM flow_chunk_done WHERE next = {next:String}) AS isDone
          FROM flow_chunk WHERE node = {node:String} AND ordinal = {ordinal:UInt32} LIMIT 1`,
    parameters: { node, ordinal, next },
  });
  return row;
}

async function readFollowing(engine: FlowEngine, node: string) {
  await catchUp(engine);
  const rows = await engine.rows<{ size: string; sha256: string; count: string; done: number }>({
    sql: `SELECT toString(sizeBytes) AS size, sha256, toString(max(d.rows)) AS count,
                 toUInt8(countIf(d.next != '') > 0) AS done
          FROM flow_chunk AS c LEFT JOIN (
            SELECT next, rows FROM flow_chunk_done
            WHERE next IN (SELECT next FROM flow_chunk WHERE node = {node:String})
          ) AS d ON d.next = c.next
          WHERE c.node = {node:String}
          GROUP BY c.ordinal, sizeBytes, sha256 ORDER BY c.ordinal LIMIT ${branchCountMax}`,
    parameters: { node },
  });
  return rows.map(({ size, sha256, count, done }) => ({
    sizeBytes: Number(size),
    sha256,
    rows: done === 1 ? Number(count) : null,
  }));
}

function smallInsert(sql: string, parameters: Record<string, unknown>, token: string): EngineQuery {
  const settings = {
    async_insert: 0,
    ...(token === "" ? {} : { insert_deduplication_token: token }),
  };
  return { sql, parameters, settings };
}
