import { request } from "node:http";
import type { ClickHouseClient } from "@clickhouse/client";
import { askMissingShards } from "./cluster/missing-shards.ts";
import {
  incompleteCluster,
  lacksServer,
  nobodyListened,
  translateFailure,
  wentAway,
} from "./engine-failures.ts";
import type { EngineLayout, EngineQuery, FlowEngine } from "./engine.ts";
import { type InsertRules, insertWithRetries, type RowInsert } from "./insert-native.ts";
import { exceptionTagHeader, withLateExceptions } from "./late-exceptions.ts";
import type { ServerPool } from "./server-pool.ts";

interface Parts {
  pool: ServerPool;
  kind: "embedded" | "cluster";
  database: string;
  layout: EngineLayout;
  inserts: InsertRules;
  /** Left out: no. */
  partialAnswers?: boolean;
  /** Left out: the engine itself. */
  servers?: readonly FlowEngine[];
  socketPath: string | null;
}

export function createEngine(parts: Parts): FlowEngine {
  const { pool, kind, database, layout } = parts;
  const call = <Result>(query: EngineQuery, mayRepeat: boolean, work: Work<Result>) =>
    callEngine(parts, { signal: query.signal, mayRepeat }, work);
  const insert = (rows: RowInsert): Promise<void> =>
    insertWithRetries(rows, parts.inserts, (work) =>
      callEngine(parts, { signal: rows.signal, mayRepeat: false }, work),
    );
  const engine: FlowEngine = {
    get client() {
      return pool.current();
    },
    kind,
    database,
    layout,
    partialAnswers: parts.partialAnswers ?? false,
    get servers() {
      return parts.servers ?? [engine];
    },
    rows: <Row>(query: EngineQuery) =>
      call(query, true, async (client) => {
        const answer = await client.query({ ...toClient(query), format: "JSONEachRow" });
        return answer.json<Row>();
      }),
    stream: (query, format) =>
      call(query, true, async (client) => {
        const { query: sql, ...rest } = toClient(query);
        const answer = await client.exec({ query: `${sql}\nFORMAT ${format}`, ...rest });
        const tag = answer.response_headers[exceptionTagHeader];
        const pieces = answer.stream as AsyncIterable<Uint8Array>;
        const mark = typeof tag === "string" ? tag : undefined;
        return translated(parts, client, withLateExceptions(pieces, mark));
      }),
    command: (query) =>
      call(query, false, async (client) => {
        await client.command(toClient(query));
      }),
    insertNative: (table, columns, rows, options) =>
      insert({ table, columns, rows, format: "Native", ...options }),
    insertLines: (table, columns, rows, options) =>
      insert({ table, columns, rows, format: "JSONEachRow", ...options }),
    stop: () => askToStop(parts.socketPath),
    close: async () => {
      await Promise.all((parts.servers ?? []).map((server) => server.close()));
      await pool.close();
    },
  };
  return engine;
}

function toClient(query: EngineQuery): {
  query: string;
  query_params?: Record<string, unknown>;
  clickhouse_settings?: Record<string, string | number>;
  abort_signal?: AbortSignal;
} {
  return {
    query: query.sql,
    ...(query.parameters ? { query_params: { ...query.parameters } } : {}),
    ...(query.settings ? { clickhouse_settings: { ...query.settings } } : {}),
    ...(query.signal ? { abort_signal: query.signal } : {}),
  };
}

type Work<Result> = (client: ClickHouseClient) => Promise<Result>;

interface Call {
  readonly signal: AbortSignal | undefined;
  /** Whether it only reads, so that one which broke off may be made again at once. */
  readonly mayRepeat: boolean;
}

/** A call that breaks off within this met a connection that an ending engine closed, and hardly broke the engine itself. */
const brokenAtOnceMilliseconds = 150;

/**
 * One call. Where nobody listened it is made again, to an engine that was started or to another server,
 * as nothing of it had begun. One that broke off is made again where it only reads, and another server is
 * there to ask, or it broke off at once: an engine ends when whoever brought flows in is done with it, and connections that
 * wait end with it; else its caller is told so, with a code to retry on.
 */
async function callEngine<Result>(
  { pool, kind, layout }: Parts,
  { signal, mayRepeat }: Call,
  work: Work<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    await pool.ready(signal);
    const client = pool.current();
    const startedMs = performance.now();
    try {
      return await work(client);
    } catch (error) {
      const isElsewhere = kind === "cluster" && mayRepeat && isLost(error);
      if (wentAway(error) || isElsewhere) pool.lost(client);
      const isAtOnce = performance.now() - startedMs < brokenAtOnceMilliseconds;
      const hasEnded = kind === "embedded" && mayRepeat && isAtOnce && wentAway(error);
      const again = nobodyListened(error) || isElsewhere || hasEnded;
      if (signal?.aborted || attempt >= pool.attemptCountMax || !again)
        throw await explain(error, layout, client);
      // What no server of a shard can answer, nobody else can get from it.
      const missing =
        layout.cluster !== null && lacksServer(error) ? await missingShards(layout, client) : [];
      if (missing.length > 0) throw incompleteCluster(error, layout, missing);
    }
  }
}

/** The failure for the caller; on a cluster it says which shard is missing. */
async function explain(
  failure: unknown,
  layout: EngineLayout,
  client: ClickHouseClient,
): Promise<unknown> {
  if (layout.cluster === null || !lacksServer(failure)) return translateFailure(failure);
  return incompleteCluster(failure, layout, await missingShards(layout, client));
}

/** None where nobody can say. */
const missingShards = (layout: EngineLayout, client: ClickHouseClient): Promise<number[]> =>
  askMissingShards(layout, client).catch(() => []);

const isLost = (error: unknown): boolean => wentAway(error) || lacksServer(error);

/** An engine that goes away while its answer is read is told in the same way. */
async function* translated(
  { pool, layout }: Parts,
  client: ClickHouseClient,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* pieces;
  } catch (error) {
    if (wentAway(error)) pool.lost(client);
    throw await explain(error, layout, client);
  }
}

function askToStop(socketPath: string | null): Promise<void> {
  if (socketPath === null) return Promise.resolve();
  return new Promise((resolve) => {
    const where = { socketPath, path: "/stop", method: "POST", agent: false };
    const call = request(where, (response) => {
      response.resume();
      response.on("end", resolve);
    });
    call.on("error", () => resolve());
    call.end();
  });
}
