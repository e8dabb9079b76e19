import { Readable } from "node:stream";
import { type ClickHouseClient, ClickHouseError } from "@clickhouse/client";
import { backoffDelay } from "../common/backoff.ts";
import { systemClock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { lacksServer } from "./engine-failures.ts";

const insertAttemptsMax = 6;
const insertBackoff = { minimumMilliseconds: 50, maximumMilliseconds: 5_000 };
/**
 * Too many queries at once, no memory left just now, keeper or network trouble, a table read-only, replicas missing, and
 * a file of rows that went with the engine it was laid out for.
 */
const passingCodes = new Set([
  "202",
  "241",
  "159",
  "225",
  "242",
  "999",
  "252",
  "285",
  "286",
  "107",
]);

export interface RowInsert {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: Uint8Array;
  /** Of `rows`, one of ClickHouse's. */
  readonly format: "Native" | "JSONEachRow";
  readonly token: string;
  readonly signal?: AbortSignal;
}

type Settings = Readonly<Record<string, string | number>>;

/** What an insert's acknowledgement means where there is more than one server. */
export interface InsertRules {
  readonly carrier?: RowCarrier;
  readonly settings: Settings;
  /** Instead of them when a replica did not answer. */
  readonly settingsWithoutReplica: Settings;
}

export const singleServerRules: InsertRules = {
  settings: {},
  settingsWithoutReplica: {},
};

/** Brings rows to a server on the same host in a file. */
export interface RowCarrier {
  /** Null where they had better go with the request. */
  lay(rows: Uint8Array): Promise<LaidRows | null>;
}

export interface LaidRows {
  /** They name the file in a request without a body. */
  readonly headers: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** Makes the insert again, under the same token, for as long as what went wrong may pass. */
export async function insertWithRetries(
  insert: RowInsert,
  rules: InsertRules,
  call: (work: (client: ClickHouseClient) => Promise<void>) => Promise<void>,
): Promise<void> {
  let { settings } = rules;
  for (let attempt = 0; ; attempt++) {
    try {
      return await call((client) => insertOnce(client, insert, { ...rules, settings }));
    } catch (error) {
      if (insert.signal?.aborted || attempt + 1 >= insertAttemptsMax || !mayPass(error))
        throw error;
      if (lacksServer((error as Error).cause) || isLate(error))
        settings = rules.settingsWithoutReplica;
    }
    await systemClock.sleep(backoffDelay(insertBackoff, attempt), insert.signal);
  }
}

/** Time ran out before all replicas had the rows. */
const isLate = (error: unknown): boolean =>
  error instanceof ClickHouseError && error.code === "159";

const mayPass = (error: unknown): boolean =>
  (error instanceof NightcapError && error.code === "ServiceUnavailable") ||
  lacksServer(error) ||
  (error instanceof ClickHouseError && passingCodes.has(error.code));

async function insertOnce(
  client: ClickHouseClient,
  insert: RowInsert,
  { carrier, settings }: InsertRules,
): Promise<void> {
  const columns = insert.columns.join(", ");
  const laid = await carrier?.lay(insert.rows);
  try {
    const answer = await client.exec({
      query: `INSERT INTO ${insert.table} (${columns}) FORMAT ${insert.format}`,
      values: Readable.from(laid ? [] : [insert.rows], { objectMode: false }),
      ...(laid ? { http_headers: { ...laid.headers } } : {}),
      clickhouse_settings: {
        insert_deduplication_token: insert.token,
        deduplicate_blocks_in_dependent_materialized_views: 1,
        // One block in, one block on: the token names the same rows in each table behind.
        max_insert_threads: "1",
        async_insert: 0,
        max_partitions_per_insert_block: "1000",
        // Roll-ups are grouped already; merging them again before writing costs as much as all the rest.
        optimize_on_insert: 0,
        parallel_view_processing: 1,
        ...settings,
      },
      ...(insert.signal ? { abort_signal: insert.signal } : {}),
    });
    for await (const chunk of answer.stream) void chunk;
  } finally {
    await laid?.remove();
  }
}
