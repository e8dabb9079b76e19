import { once } from "node:events";
import type { MessagePort } from "node:worker_threads";
import { describeError } from "../../common/errors.ts";

/** Chunks on their way or not looked at yet; of 256 KiB each as the store reads them. */
const chunksAheadMax = 8;

type Wanted = { kind: "chunk" } | { kind: "end" };
type Given = { kind: "chunk"; chunk: Uint8Array } | { kind: "end"; failure: string | null };

/**
 * Hands a source to a thread, whose memory it then is: a stream that is transferred copies each chunk.
 * Read to its end in any case, for what comes last may say that all of it is not to be believed.
 */
export async function sendChunks(
  source: AsyncIterable<Uint8Array>,
  port: MessagePort,
): Promise<void> {
  const thread = { room: chunksAheadMax, isWanted: true };
  let changed = Promise.withResolvers<void>();
  const onMessage = ({ kind }: Wanted): void => {
    if (kind === "chunk") thread.room++;
    else thread.isWanted = false;
    changed.resolve();
  };
  // The thread may end at any time.
  const onClose = (): void => onMessage({ kind: "end" });
  port.on("message", onMessage).on("close", onClose);
  let failure: string | null = null;
  try {
    for await (const chunk of source) {
      while (thread.isWanted && thread.room === 0) {
        changed = Promise.withResolvers();
        await changed.promise;
      }
      if (!thread.isWanted) continue;
      thread.room--;
      give(port, { kind: "chunk", chunk });
    }
  } catch (error) {
    failure = describeError(error);
  }
  give(port, { kind: "end", failure });
}

function give(port: MessagePort, given: Given): void {
  const buffer = given.kind === "chunk" ? given.chunk.buffer : null;
  const isWhole = given.kind === "chunk" && buffer?.byteLength === given.chunk.byteLength;
  port.postMessage(given, isWhole && buffer instanceof ArrayBuffer ? [buffer] : []);
}

/** The other end. */
export interface ReceivedChunks {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Wants no more; resolves when the source was read to its end, and throws what it failed with. */
  end(): Promise<void>;
}

export function receiveChunks(port: MessagePort): ReceivedChunks {
  const waiting: Given[] = [];
  port.on("message", (given: Given) => void waiting.push(given));
  let ended: Promise<void> | null = null;
  const next = async (): Promise<Given> => {
    for (;;) {
      const given = waiting.shift();
      if (given) return given;
      await once(port, "message");
    }
  };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const given = await next();
      if (given.kind === "end") return finish(given);
      port.postMessage({ kind: "chunk" } satisfies Wanted);
      yield given.chunk;
    }
  }
  const finish = ({ failure }: Extract<Given, { kind: "end" }>): void => {
    ended = failure === null ? Promise.resolve() : Promise.reject(new Error(failure));
    ended.catch(() => {}); // told by whoever waits for it
    if (failure !== null) throw new Error(failure);
  };
  const drain = async (): Promise<void> => {
    port.postMessage({ kind: "end" } satisfies Wanted);
    for (;;) {
      const given = await next();
      if (given.kind === "end") return finish(given);
    }
  };
  return {
    chunks: chunks(),
    async end() {
      ended ??= drain();
      await ended;
    },
  };
}
