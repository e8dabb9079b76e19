import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { secretDirectoryMode } from "../../common/files.ts";
import type { EngineOptions } from "./engine-options.ts";
import { preparation, quote, type Statement } from "./statement.ts";

/** What is used of chDB's `Session`. */
interface Session {
  query(sql: string, format?: string): string;
  queryAsync(sql: string, options: { format: string }): Promise<ChdbAnswer>;
  close(): void;
}

/** An answer that lies in memory, with what the engine counted. */
export interface ChdbAnswer {
  readonly elapsed: number;
  readonly rowsRead: number;
  readonly bytesRead: number;
  bytes(): Uint8Array;
}

export interface Library {
  /** Runs a statement in a connection of its own, so that no setting outlives it. */
  run(statement: Statement, sql: string, format: string, signal: AbortSignal): Promise<ChdbAnswer>;
  close(): void;
}

const cacheBytesMax = 256 * 2 ** 20;

/** Opens the data under the directory; this process holds them alone until it ends. */
export async function openLibrary(options: EngineOptions): Promise<Library> {
  const { Session } = (await import("chdb")) as unknown as {
    Session: new (path: string, options?: { connectionArgs: string[] }) => Session;
  };
  const path = join(options.directory, "data");
  await mkdir(path, { recursive: true, mode: secretDirectoryMode });
  await rm(join(path, "tmp"), { recursive: true, force: true });
  const first = new Session(path, { connectionArgs: connectionArgs(options) });
  return {
    run: async (statement, sql, format, signal) => {
      const session = new Session(path);
      const marker = `/*${statement.queryId.replaceAll("*", "")}*/`;
      const kill = (): void => killMarked(first, marker);
      try {
        for (const line of preparation(statement)) session.query(line);
        signal.throwIfAborted();
        signal.addEventListener("abort", kill, { once: true });
        return await session.queryAsync(`${marker} ${sql}`, { format });
      } finally {
        signal.removeEventListener("abort", kill);
        session.close();
      }
    },
    close: () => first.close(),
  };
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
