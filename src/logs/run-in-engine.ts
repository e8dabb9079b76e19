import { findMissingShards } from "../flowstore/cluster/missing-shards.ts";
import type { FlowEngine } from "../flowstore/engine.ts";
import { backoffDelay } from "../common/backoff.ts";
import { systemClock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import { querySettings } from "../query/query-limits.ts";
import { engineFailure, isResultTooLarge } from "./engine-failure.ts";
import { valueSettings } from "./kusto-values.ts";
import type { LogColumn, LogValue } from "./log-query.ts";
import type { LogQuerySettings } from "./query-limits.ts";
import { readRows } from "./read-rows.ts";
import { assertReadsTablesOnly } from "./sql-guard.ts";

/** An engine that went away is asked again, as reading changes nothing: with one that starts anew, this is enough. */
const attemptCountMax = 6;
const backoff = { minimumMilliseconds: 50, maximumMilliseconds: 2_000 };

interface EngineRun {
  readonly sql: string;
  readonly columns: readonly LogColumn[];
  readonly takenRowCount: number | null;
  readonly settings: LogQuerySettings;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

interface EngineAnswer {
  readonly rows: readonly (readonly LogValue[])[];
  readonly truncated: "rows" | "bytes" | null;
  /** Of a cluster; the rows are those of the others. */
  readonly missingShards: readonly number[];
  readonly resultBytes: number;
}

/**
 * Runs a translated query under all limits. An answer over the limit of bytes makes the engine refuse it; the query
 * is then asked again for what fits, so that an answer is called cut off exactly when it is.
 */
export async function runInEngine(engine: FlowEngine, run: EngineRun): Promise<EngineAnswer> {
  assertReadsTablesOnly(run.sql);
  try {
    return await askAgain(engine, run, "throw");
  } catch (error) {
    if (!isResultTooLarge(error)) throw engineFailure(error);
  }
  try {
    const answer = await askAgain(engine, run, "break");
    return { ...answer, truncated: answer.truncated ?? "bytes" };
  } catch (error) {
    throw engineFailure(error);
  }
}

type Overflow = "throw" | "break";

async function askAgain(
  engine: FlowEngine,
  run: EngineRun,
  overflow: Overflow,
): Promise<EngineAnswer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask(engine, run, overflow);
    } catch (error) {
      const hasGone = error instanceof NightcapError && error.code === "ServiceUnavailable";
      if (!hasGone) throw error;
      const partial = engine.partialAnswers ? await askPartly(engine, run, overflow) : null;
      if (partial) return partial;
      if (attempt + 1 >= attemptCountMax) throw error;
    }
    await systemClock.sleep(backoffDelay(backoff, attempt), run.signal);
  }
}

/**
 * The answer of the shards that are there; null when none is missing. It is asked for only when the whole one failed,
 * so that an answer without a mark is always whole. One that goes away meanwhile is looked for after it.
 */
async function askPartly(
  engine: FlowEngine,
  run: EngineRun,
  overflow: Overflow,
): Promise<EngineAnswer | null> {
  // Where nobody can say, the failure itself is told.
  const before = await findMissingShards(engine).catch(() => []);
  if (before.length === 0) return null;
  const answer = await ask(engine, run, overflow, { skip_unavailable_shards: 1 });
  const missing = new Set([...before, ...(await findMissingShards(engine))]);
  return { ...answer, missingShards: [...missing].toSorted((a, b) => a - b) };
}

async function ask(
  engine: FlowEngine,
  { sql, columns, takenRowCount, settings, timeoutSeconds, signal }: EngineRun,
  overflow: Overflow,
  more: Readonly<Record<string, number>> = {},
): Promise<EngineAnswer> {
  const { rowCountMax, resultBytesMax } = settings;
  // One row more than may be given shows that there are more.
  const limited = `${sql} LIMIT ${rowCountMax + 1}`;
  const stream = await engine.stream(
    {
      sql: limited,
      settings: {
        ...engineSettings(settings, timeoutSeconds, overflow),
        ...blockSettings(takenRowCount),
        ...more,
      },
      signal,
    },
    "JSONCompactEachRow",
  );
  const limits = { rowCountMax, bytesMax: resultBytesMax };
  const { rows, sizeBytes, isCut } = await readRows(stream, columns, limits);
  return { rows, truncated: isCut, missingShards: [], resultBytes: sizeBytes };
}

const blockRowCountMin = 1_024;

/** Who takes a few rows as they come waits for one block: the engine's own have 65,000 rows, with all their columns. */
const blockSettings = (takenRowCount: number | null): Record<string, number> =>
  takenRowCount === null ? {} : { max_block_size: Math.max(takenRowCount, blockRowCountMin) };

/** Values in the engine's memory take more than their text: short ones up to this many times. */
const memoryPerTextMax = 4;

function engineSettings(
  settings: LogQuerySettings,
  timeoutSeconds: number,
  overflow: Overflow,
): Record<string, string | number> {
  return {
    ...querySettings,
    ...valueSettings,
    max_execution_time: timeoutSeconds,
    timeout_overflow_mode: "throw",
    max_memory_usage: settings.memoryBytesMax,
    ...(settings.threadCountMax > 0 ? { max_threads: settings.threadCountMax } : {}),
    max_result_bytes: settings.resultBytesMax * memoryPerTextMax,
    result_overflow_mode: overflow,
    // A server keeps its answer until it is whole, so that a failure half-way is told as one.
    wait_end_of_query: 1,
    // Nothing but reading, no settings in the query, and no table functions that reach files or other servers.
    readonly: 1,
  };
}
