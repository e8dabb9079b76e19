import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { secretDirectoryMode } from "../../common/files.ts";
import type { EngineOptions } from "./engine-options.ts";
import { forgetLostParts } from "./lost-parts.ts";
import type { MergeSwitch } from "./merge-pause.ts";
import { answerFormat, preparation, quote, type Statement } from "./statement.ts";

/** What is used of chDB's `Session`. */
interface Session {
  query(sql: string, format?: string): string;
  queryAsync(sql: string, options: { format: string }): Promise<ChdbAnswer>;
  queryStream(sql: string, options: { format: string }): AsyncIterable<{ raw(): Uint8Array }>;
  close(): void;
}

/** An answer that lies in memory, with what the engine counted. */
export interface ChdbAnswer {
  readonly elapsed: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
  bytes(): Uint8Array;
}

/** Each statement has a connection of its own, so that no setting outlives it. */
export interface Library {
  /** Runs a statement, whose answer is whole in memory; `sql` in place of its own text. */
  run(statement: Statement, sql: string, signal: AbortSignal): Promise<ChdbAnswer>;
  /** The answer block by block, each one made when it is asked for. Leaving the loop ends the query. */
  stream(statement: Statement, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void>;
  /** Merges of a table, by its name with the database's. */
  readonly merges: MergeSwitch;
  close(): void;
}

const cacheBytesMax = 256 * 2 ** 20;
/** An answer that cannot be given in pieces; a statement may say less, or more. */
const wholeAnswerBytesMax = 256 * 2 ** 20;

/** Opens the data under the directory; this process holds them alone until it ends. */
export async function openLibrary(options: EngineOptions): Promise<Library> {
  const { Session } = (await import("chdb")) as unknown as {
    Session: new (path: string, options?: { connectionArgs: string[] }) => Session;
  };
  const path = join(options.directory, "data");
  await mkdir(path, { recursive: true, mode: secretDirectoryMode });
  await rm(join(path, "tmp"), { recursive: true, force: true });
  const first = new Session(path, { connectionArgs: connectionArgs(options) });
  await forgetLostParts((sql) => first.query(sql));
  const open = (statement: Statement, defaults: Settings): Connection => {
    const session = new Session(path);
    const marker = `/*${statement.queryId.replaceAll("*", "")}*/`;
    const prepare = () => {
      for (const line of preparation(statement, defaults)) session.query(line);
    };
    return { session, marker, prepare, kill: () => killMarked(first, marker) };
  };
  const merges = (word: string) => (table: string) => {
    // Merges are no reason to fail: a table that is not there is told to the one who inserts into it.
    try {
      first.query(`SYSTEM ${word} MERGES ${table}`);
    } catch {}
  };
  const { queryMemoryBytesMax: memory } = options;
  return {
    run: (statement, sql, signal) => {
      // What is inserted is ours and bounded, and may need most of the memory.
      const defaults: Settings = statement.isInsert
        ? []
        : [
            ["max_memory_usage", String(memory)],
            ["max_result_bytes", String(wholeAnswerBytesMax)],
          ];
      return runWhole(open(statement, defaults), { statement, sql, signal });
    },
    stream: (statement, signal) =>
      runInPieces(open(statement, [["max_memory_usage", String(memory)]]), statement, signal),
    merges: { stop: merges("STOP"), start: merges("START") },
    close: () => first.close(),
  };
}

type Settings = readonly (readonly [name: string, value: string])[];

interface Connection {
  readonly session: Session;
  /** The comment that a statement's text begins with. */
  readonly marker: string;
  readonly prepare: () => void;
  readonly kill: () => void;
}

async function runWhole(
  { session, marker, prepare, kill }: Connection,
  { statement, sql, signal }: { statement: Statement; sql: string; signal: AbortSignal },
): Promise<ChdbAnswer> {
  try {
    prepare();
    signal.throwIfAborted();
    signal.addEventListener("abort", kill, { once: true });
    return await session.queryAsync(`${marker} ${sql}`, { format: answerFormat(statement) });
  } finally {
    signal.removeEventListener("abort", kill);
    session.close();
  }
}

async function* runInPieces(
  { session, marker, prepare, kill }: Connection,
  statement: Statement,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  let isOver = true;
  let chunks: AsyncIterator<{ raw(): Uint8Array }> | undefined;
  const next = async (): Promise<Uint8Array | null> => {
    isOver = true;
    const chunk = await chunks?.next();
    isOver = chunk?.done ?? true;
    return chunk?.done ? null : (chunk?.value.raw() ?? null);
  };
  try {
    prepare();
    signal.throwIfAborted();
    signal.addEventListener("abort", kill, { once: true });
    const stream = session.queryStream(`${marker} ${statement.sql}`, {
      format: answerFormat(statement),
    });
    chunks = stream[Symbol.asyncIterator]();
    for (let bytes = await next(); bytes !== null; bytes = await next()) yield bytes;
  } finally {
    signal.removeEventListener("abort", kill);
    // Cancelling a query that runs would hold up the whole process; one that was killed ends by itself.
    if (!isOver) {
      kill();
      await runOut(next);
    }
    session.close();
  }
}

async function runOut(next: () => Promise<Uint8Array | null>): Promise<void> {
  try {
    while ((await next()) !== null) continue;
  } catch {
    // As it should: it was killed.
  }
}

function connectionArgs({ memoryBytesMax, threadCountMax }: EngineOptions): string[] {
  const cacheBytes = Math.min(cacheBytesMax, Math.floor(memoryBytesMax / 8));
  return [
    `--max_server_memory_usage=${memoryBytesMax}`,
    `--mark_cache_size=${cacheBytes}`,
    ...(threadCountMax > 0 ? [`--max_threads=${threadCountMax}`] : []),
  ];
}

/** The library names queries itself; ours is known by the comment that it begins with. */
function killMarked(session: Session, marker: string): void {
  const [head, tail] = [marker.slice(0, 2), marker.slice(2)];
  session.query(
    `KILL QUERY WHERE startsWith(query, concat(${quote(head)}, ${quote(tail)})) ASYNC`,
    "Null",
  );
}
