import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { plainError, QueryError } from "../query/query-error.ts";
import type { TableDefinition } from "../query/table-definition.ts";
import type { QueryOptions, TranslatedQuery } from "../query/translate-query.ts";
import type { KustoAnswer, KustoRequest, KustoWorkerData } from "./kusto-messages.ts";

export interface KustoTranslatorOptions {
  readonly tables: readonly TableDefinition[];
  /** How long one translation may take, the parser's first start not counted. */
  readonly timeoutMs?: number;
  readonly startTimeoutMs?: number;
  /** How many queries may wait besides the one at work. */
  readonly queueLengthMax?: number;
}

export interface KustoTranslator {
  /** Translates a query, or gives the question that comes before it; a wrong one is a QueryError. */
  translate(text: string, options: QueryOptions): Promise<TranslatedQuery>;
  close(): Promise<void>;
}

const timeoutDefaultMs = 5_000;
const startTimeoutDefaultMs = 30_000;
const queueLengthDefaultMax = 64;
/** The parser needs 60 MB; a hostile query gets no more than this before its thread ends. */
const heapMax = { maxOldGenerationSizeMb: 512, stackSizeMb: 16 };

interface Job extends KustoRequest {
  resolve(query: TranslatedQuery): void;
  reject(error: Error): void;
}

/**
 * Translates queries in a thread of its own, one at a time. The thread starts with the first query, so that
 * who asks none pays nothing; one that hangs or dies is replaced, and only the query at work fails.
 */
export function openKustoTranslator(options: KustoTranslatorOptions): KustoTranslator {
  const queue: Job[] = [];
  const queueMax = options.queueLengthMax ?? queueLengthDefaultMax;
  let nextId = 1;
  let closed = false;
  let thread: Thread | null = null;
  const next = (): void => {
    const job = queue[0];
    if (!job || closed) return;
    thread ??= startThread(options, (ended) => {
      if (thread === ended) thread = null;
    });
    void thread.run(job).finally(() => {
      queue.shift();
      next();
    });
  };
  return {
    translate: (text, how) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new Error("the translator is closed"));
        if (queue.length > queueMax)
          return reject(
            plainError("TooManyQueries", "too many queries wait for their translation"),
          );
        queue.push({ id: nextId++, text, options: how, resolve, reject });
        if (queue.length === 1) next();
      }),
    close: async () => {
      closed = true;
      for (const job of queue.splice(1)) job.reject(new Error("the translator is closed"));
      await thread?.end();
    },
  };
}

interface Thread {
  /** Works on one query; settles the query's own promise, and itself when the next may come. */
  run(job: Job): Promise<void>;
  end(): Promise<void>;
}

function startThread(options: KustoTranslatorOptions, ended: (thread: Thread) => void): Thread {
  const workerData: KustoWorkerData = { tables: options.tables };
  const script = fileURLToPath(new URL("kusto-worker.ts", import.meta.url));
  const worker = new Worker(script, { workerData, resourceLimits: heapMax });
  worker.unref();
  let warm = false;
  const thread: Thread = {
    run: async (job) => {
      const startMs = options.startTimeoutMs ?? startTimeoutDefaultMs;
      const limitMs = warm ? (options.timeoutMs ?? timeoutDefaultMs) : startMs;
      try {
        settle(job, await answerOf(worker, job, limitMs));
        warm = true;
      } catch (error) {
        ended(thread);
        job.reject(error instanceof Error ? error : new Error(String(error)));
        await worker.terminate();
      }
    },
    end: async () => {
      await worker.terminate();
    },
  };
  return thread;
}

function settle(job: Job, answer: KustoAnswer): void {
  if ("query" in answer) job.resolve(answer.query);
  else if ("code" in answer) job.reject(new QueryError(answer.code, answer.diagnostics));
  else job.reject(new Error(`the query could not be translated: ${answer.fault}`));
}

/** The answer to one query; an error where the thread takes too long, breaks or ends. */
function answerOf(worker: Worker, job: Job, limitMs: number): Promise<KustoAnswer> {
  const { id, text, options } = job;
  return new Promise((resolve, reject) => {
    worker.ref();
    const finish = (act: () => void): void => {
      clearTimeout(timer);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      worker.unref();
      act();
    };
    const onMessage = (answer: KustoAnswer): void => {
      if (answer.id === id) finish(() => resolve(answer));
    };
    const onError = (error: Error): void => finish(() => reject(brokenThread(error)));
    const onExit = (): void => finish(() => reject(new Error("the parser's thread ended")));
    const timer = setTimeout(() => {
      const message = `the translation took longer than ${limitMs} ms`;
      finish(() => reject(plainError("TranslationTimeout", message)));
    }, limitMs);
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    worker.postMessage({ id, text, options } satisfies KustoRequest);
  });
}

function brokenThread(error: Error): Error {
  const outOfMemory = "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
  return outOfMemory ? plainError("QueryTooLarge", "the query needs too much memory") : error;
}
