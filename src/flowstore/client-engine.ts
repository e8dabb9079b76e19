import { request } from "node:http";
import { Readable } from "node:stream";
import { type ClickHouseClient, ClickHouseError } from "@clickhouse/client";
import { backoffDelay } from "../common/backoff.ts";
import { systemClock } from "../common/clock.ts";
import { describeError, NightcapError } from "../common/errors.ts";
import type { EngineLayout, EngineQuery, FlowEngine } from "./engine.ts";
import { exceptionTagHeader, withLateExceptions } from "./late-exceptions.ts";

interface Parts {
  client: ClickHouseClient;
  kind: "embedded" | "cluster";
  database: string;
  layout: EngineLayout;
  /** Starts the engine again where that is ours to do. */
  ensure(signal?: AbortSignal): Promise<void>;
  socketPath: string | null;
}

interface Calls extends Parts {
  /** Whether a call lost its engine: one that is dying still takes connections, so the next call looks first. */
  isDoubtful: boolean;
}

const insertAttemptsMax = 6;
const insertBackoff = { minimumMilliseconds: 50, maximumMilliseconds: 5_000 };
/** Too many queries at once, no memory left just now, keeper or network trouble, a table read-only. */
const passingCodes = new Set(["202", "241", "159", "209", "210", "225", "242", "999", "252"]);

export function createEngine(given: Parts): FlowEngine {
  const parts: Calls = { ...given, isDoubtful: false };
  const { client, kind, database, layout } = parts;
  const call = <Result>(signal: AbortSignal | undefined, work: () => Promise<Result>) =>
    callEngine(parts, signal, work);
  return {
    client,
    kind,
    database,
    layout,
    rows: <Row>(query: EngineQuery) =>
      call(query.signal, async () => {
        const answer = await client.query({ ...toClient(query), format: "JSONEachRow" });
        return answer.json<Row>();
      }),
    stream: (query, format) =>
      call(query.signal, async () => {
        const { query: sql, ...rest } = toClient(query);
        const answer = await client.exec({ query: `${sql}\nFORMAT ${format}`, ...rest });
        const tag = answer.response_headers[exceptionTagHeader];
        const pieces = answer.stream as AsyncIterable<Uint8Array>;
        return translated(
          parts,
          withLateExceptions(pieces, typeof tag === "string" ? tag : undefined),
        );
      }),
    command: (query) =>
      call(query.signal, async () => {
        await client.command(toClient(query));
      }),
    insertNative: (table, columns, rows, options) =>
      insertWithRetries(parts, { table, columns, rows, ...options }),
    stop: () => askToStop(parts.socketPath),
    close: () => client.close(),
  };
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

/**
 * One call. Where nobody listened the engine is started and the call made again, as nothing of it had
 * begun; where the engine went away during the call its caller is told so, with a code to retry on.
 */
async function callEngine<Result>(
  parts: Calls,
  signal: AbortSignal | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  if (parts.isDoubtful) {
    await parts.ensure(signal);
    parts.isDoubtful = false;
  }
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted || !nobodyListened(error)) throw translate(parts, error);
  }
  await parts.ensure(signal);
  return work().catch((error: unknown) => {
    throw translate(parts, error);
  });
}

const systemCode = (error: unknown): string =>
  (error as NodeJS.ErrnoException | undefined)?.code ?? "";

const nobodyListened = (error: unknown): boolean =>
  ["ECONNREFUSED", "ENOENT"].includes(systemCode(error));

export const wentAway = (error: unknown): boolean =>
  ["ECONNRESET", "EPIPE", "ECONNREFUSED", "ENOENT", "ETIMEDOUT"].includes(systemCode(error)) ||
  /socket hang up/.test(describeError(error));

/** The project's errors, for callers that branch on codes. ClickHouse's own are left as they are. */
function translate(parts: Calls, error: unknown): unknown {
  if (wentAway(error)) {
    parts.isDoubtful = true;
    return new NightcapError("ServiceUnavailable", "the flow engine went away", { cause: error });
  }
  return error;
}

/** An engine that goes away while its answer is read is told in the same way. */
async function* translated(
  parts: Calls,
  pieces: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    yield* pieces;
  } catch (error) {
    throw translate(parts, error);
  }
}

interface Insert {
  table: string;
  columns: readonly string[];
  rows: Uint8Array;
  token: string;
  signal?: AbortSignal;
}

async function insertWithRetries(parts: Calls, insert: Insert): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await callEngine(parts, insert.signal, () => insertOnce(parts, insert));
    } catch (error) {
      if (insert.signal?.aborted || attempt + 1 >= insertAttemptsMax || !mayPass(error))
        throw error;
    }
    await systemClock.sleep(backoffDelay(insertBackoff, attempt), insert.signal);
  }
}

const mayPass = (error: unknown): boolean =>
  (error instanceof NightcapError && error.code === "ServiceUnavailable") ||
  (error instanceof ClickHouseError && passingCodes.has(error.code));

async function insertOnce(parts: Calls, insert: Insert): Promise<void> {
  const columns = insert.columns.join(", ");
  const answer = await parts.client.exec({
    query: `INSERT INTO ${insert.table} (${columns}) FORMAT Native`,
    values: Readable.from([insert.rows], { objectMode: false }),
    clickhouse_settings: {
      insert_deduplication_token: insert.token,
      deduplicate_blocks_in_dependent_materialized_views: 1,
      // One block in, one block on: the token names the same rows in each table behind.
      max_insert_threads: "1",
      max_partitions_per_insert_block: "1000",
      // Roll-ups are grouped already; merging them again before writing costs as much as all the rest.
      optimize_on_insert: 0,
      parallel_view_processing: 1,
    },
    ...(insert.signal ? { abort_signal: insert.signal } : {}),
  });
  for await (const chunk of answer.stream) void chunk;
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
