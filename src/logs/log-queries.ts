import { systemClock } from "../common/clock.ts";
import { NightcapError } from "../common/errors.ts";
import type { Closable } from "../common/lifecycle.ts";
import { createPlaces } from "../flowstore/embedded/places.ts";
import type { FlowEngine } from "../flowstore/engine.ts";
import { plainError, type QueryDiagnostic, QueryError } from "../query/query-error.ts";
import type { AskedRows } from "../query/rows-needed.ts";
import type { TableDefinition } from "../query/table-definition.ts";
import type { TranslatedQuery } from "../query/translate-query.ts";
import { boundedSql } from "./bounded-sql.ts";
import { kustoTables } from "./kusto-tables.ts";
import { openKustoTranslator } from "./kusto-translator.ts";
import type { LogAnswer, LogQuery, LogTranslation } from "./log-query.ts";
import type { LogQuerySettings } from "./query-limits.ts";
import { runInEngine } from "./run-in-engine.ts";
import { rememberTranslations } from "./translation-cache.ts";

export interface LogQueriesOptions {
  /** Gives the engine, and starts it where it does not run; asked once for each query. */
  engine(): Promise<FlowEngine>;
  readonly settings: LogQuerySettings;
  readonly tables?: readonly TableDefinition[];
}

/** Answers questions in KQL about flows. */
export interface LogQueries extends Closable {
  readonly settings: LogQuerySettings;
  readonly tables: readonly TableDefinition[];
  /** A wrong query is a QueryError; one that takes too much, or whose engine is away, a NightcapError. */
  run(query: LogQuery): Promise<LogAnswer>;
  /** What `run` would send to the engine, with the database's name where one is needed. */
  translate(query: LogQuery, database?: string): Promise<LogTranslation>;
  /** What `run` would find wrong with the text of a query, before the engine sees it; empty: nothing. */
  check(text: string): Promise<readonly QueryDiagnostic[]>;
}

const defaultDatabase = "nightcap";

/** Costs nothing until the first query, which starts the parser's thread and asks for the engine. */
export function openLogQueries(options: LogQueriesOptions): LogQueries {
  const { settings, tables = kustoTables() } = options;
  const known = new Map(tables.map((table) => [table.name, table]));
  const translator = rememberTranslations(openKustoTranslator({ tables }));
  const places = createPlaces(settings.queryCountMax, settings.queueCountMax);
  const sqlOf = (query: LogQuery, translated: TranslatedQuery, database: string): string =>
    boundedSql(translated, known, { database, query });
  const translate = (query: LogQuery, asked?: readonly AskedRows[]): Promise<TranslatedQuery> => {
    const { text, nowMs = Date.now(), parameters = {} } = query;
    return translator.translate(text, { nowMs, parameters, ...(asked ? { asked } : {}) });
  };
  return {
    settings,
    tables,
    async translate(query, database = defaultDatabase) {
      const translated = await translate(query);
      return { ...translated, sql: sqlOf(query, translated, database) };
    },
    async run(query) {
      const startedMs = performance.now();
      let translated = await translate(query, []);
      let translationMs = performance.now() - startedMs;
      const timeoutSeconds = timeoutOf(query, settings);
      const answer = await withTimeLimit(query.signal, timeoutSeconds, async (signal) => {
        const leave = await places.enter(signal);
        if (!leave) throw new NightcapError("TooManyRequests", "too many queries wait already");
        try {
          const engine = await options.engine();
          const runOne = (one: TranslatedQuery): ReturnType<typeof runInEngine> => {
            const sql = sqlOf(query, one, engine.database);
            const { columns, takenRowCount } = one;
            const run = { sql, columns, takenRowCount, settings, timeoutSeconds, signal };
            return runInEngine(engine, run);
          };
          const asked: AskedRows[] = [];
          while (translated.isAsked) {
            asked.push(textsOf(await runOne(translated)));
            const againMs = performance.now();
            translated = await translate(query, asked);
            translationMs += performance.now() - againMs;
          }
          return await runOne(translated);
        } finally {
          leave();
        }
      });
      const { columns, render, tables: read } = translated;
      const executionMs = performance.now() - startedMs - translationMs;
      const { rows, truncated, missingShards, resultBytes } = answer;
      const statistics = { translationMs, executionMs, resultBytes };
      return { columns, rows, truncated, missingShards, render, tables: read, statistics };
    },
    check: (text) => diagnosticsOf(() => translate({ text }, [])),
    close: () => translator.close(),
  };
}

/** A text that nobody could judge now is an error, and no wrong query. */
async function diagnosticsOf(
  translate: () => Promise<TranslatedQuery>,
): Promise<readonly QueryDiagnostic[]> {
  try {
    await translate();
    return [];
  } catch (error) {
    const isJudged = error instanceof QueryError && error.code !== "TooManyQueries";
    if (!isJudged) throw error;
    return error.diagnostics;
  }
}

/** Part of the rows would make a part of the columns, so they are there whole or not at all. */
function textsOf({
  rows,
  truncated,
}: {
  rows: LogAnswer["rows"];
  truncated: string | null;
}): AskedRows {
  if (truncated === null) return rows.map((row) => row.map(String));
  throw plainError("QueryTooLarge", "the values that make columns are too many or too long");
}

const timeoutOf = (query: LogQuery, { timeoutSeconds, timeoutSecondsMax }: LogQuerySettings) =>
  Math.min(query.timeoutSeconds ?? timeoutSeconds, timeoutSecondsMax);

/** The engine ends a query in time by itself; who waits does not wait longer for an engine that does not. */
const graceMilliseconds = 1_000;

async function withTimeLimit<Result>(
  outside: AbortSignal | undefined,
  timeoutSeconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const timer = new AbortController();
  const late = new NightcapError("QueryTimeout", `the query took longer than ${timeoutSeconds} s`);
  const signal = outside ? AbortSignal.any([outside, limit.signal]) : limit.signal;
  const ended = systemClock
    .sleep(timeoutSeconds * 1_000 + graceMilliseconds, timer.signal)
    .then(() => limit.abort(late))
    .catch(() => {});
  try {
    return await work(signal);
  } catch (error) {
    throw limit.signal.aborted ? late : error;
  } finally {
    timer.abort();
    await ended;
  }
}
