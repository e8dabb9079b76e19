import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describeError, NightcapError } from "../../common/errors.ts";
import { BookClient } from "../../inspection/browse/book-messages.ts";
import type { PacketBook } from "../../inspection/browse/packet-book.ts";
import type { BlobStore } from "../../storage/blob-store.ts";
import { indexedFile, readerOf, type StoredFile } from "./stored-files.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";

/** What a book keeps of a capture of a few million packets is some 100 MB. */
const heapMegabytesMax = 1_024;

/** Where the index of a capture is kept, if it is. */
export interface IndexPlace {
  /** Null where there is none. */
  read(): Promise<Uint8Array | null>;
  keep(index: Uint8Array): Promise<void>;
}

/** A capture that is looked into, in a thread of its own. */
export interface BookThread extends PacketBook {
  /** True when its files could not be read any more. */
  readonly isBroken: boolean;
  /** Resolves when the thread has ended, by `close` or by itself. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** A thread that looks into nothing yet: to start one takes longer than to open a capture. */
export function startThread(): Worker {
  const worker = new Worker(fileURLToPath(new URL("./book-worker.ts", import.meta.url)), {
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax },
  });
  // A capture that is looked into keeps no control plane from ending.
  worker.unref();
  return worker;
}

/** Opens a capture in a thread that looks into nothing yet. */
export function openInThread(
  worker: Worker,
  store: Pick<BlobStore, "read">,
  files: readonly StoredFile[],
  place: IndexPlace,
): BookThread {
  const tell = (message: ToThread, transfer: ArrayBuffer[] = []): void =>
    worker.postMessage(message, transfer);
  const client = new BookClient((request) => tell({ kind: "ask", request }));
  const read = readerOf(store, files);
  const state = { isBroken: false };
  const give = async ({ id, ...part }: Extract<FromThread, { kind: "read" }>): Promise<void> => {
    try {
      const bytes = await read(part.offset, part.lengthBytes);
      tell({ kind: "bytes", id, bytes }, [bytes.buffer]);
    } catch (error) {
      state.isBroken = true;
      tell({ kind: "failed", id, reason: describeError(error) });
    }
  };
  worker.on("message", (message: FromThread) => {
    if (message.kind === "reply") client.hear(message.reply);
    else if (message.kind === "read") void give(message);
    // Without it the next opening takes longer.
    else place.keep(message.index).catch(() => {});
  });
  worker.on("error", (cause: Error) => {
    const message = `the capture could not be looked into: ${cause.message}`;
    client.fail(new NightcapError("ServiceUnavailable", message, { cause }));
  });
  const ended = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      const message = "the capture was closed to make room for others: ask again";
      client.fail(new NightcapError("ServiceUnavailable", message));
      resolve();
    });
  });
  // While the thread may still start.
  const opening = place.read().catch(() => null);
  void opening.then((index) => tell({ kind: "open", file: indexedFile(files), index }));
  return {
    rows: (question, signal) => client.rows(question, signal),
    packet: (number, signal) => client.packet(number, signal),
    follow: (question, signal) => client.follow(question, signal),
    http: (question, signal) => client.http(question, signal),
    get isBroken() {
      return state.isBroken;
    },
    ended,
    async close() {
      await worker.terminate();
      await ended;
    },
  };
}
