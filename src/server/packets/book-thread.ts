import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { describeError, NightcapError } from "../../common/errors.ts";
import { BookClient } from "../../inspection/browse/book-messages.ts";
import type { PacketBook } from "../../inspection/browse/packet-book.ts";
import type { BlobAddress, BlobProperties, BlobStore } from "../../storage/blob-store.ts";
import type { BookThreadData, FromThread, ToThread } from "./thread-messages.ts";

/** What a book keeps of a capture of a few million packets is some 100 MB. */
const heapMegabytesMax = 1_024;

/** A capture that is looked into, in a thread of its own. */
export interface BookThread extends PacketBook {
  /** Resolves when the thread has ended, by `close` or by itself. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

export function startBookThread(
  store: Pick<BlobStore, "read">,
  address: BlobAddress,
  { etag, sizeBytes }: Pick<BlobProperties, "etag" | "sizeBytes">,
): BookThread {
  const worker = new Worker(fileURLToPath(new URL("./book-worker.ts", import.meta.url)), {
    workerData: { sizeBytes } satisfies BookThreadData,
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax },
  });
  const tell = (message: ToThread, transfer: ArrayBuffer[] = []): void =>
    worker.postMessage(message, transfer);
  const client = new BookClient((request) => tell({ kind: "ask", request }));
  const give = async ({ id, ...part }: Extract<FromThread, { kind: "read" }>): Promise<void> => {
    try {
      const bytes = await readPart(store, { address, etag }, part);
      tell({ kind: "bytes", id, bytes }, [bytes.buffer]);
    } catch (error) {
      tell({ kind: "failed", id, reason: describeError(error) });
    }
  };
  worker.on("message", (message: FromThread) => {
    if (message.kind === "reply") client.hear(message.reply);
    else void give(message);
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
  // A capture that is looked into keeps no control plane from ending.
  worker.unref();
  return {
    rows: (question, signal) => client.rows(question, signal),
    packet: (number, signal) => client.packet(number, signal),
    follow: (question, signal) => client.follow(question, signal),
    ended,
    async close() {
      await worker.terminate();
      await ended;
    },
  };
}

/** Bytes of the blob as it was when it was opened, wherever in it and however it is kept. */
async function readPart(
  store: Pick<BlobStore, "read">,
  { address, etag }: { address: BlobAddress; etag: string },
  { offset, lengthBytes }: { offset: number; lengthBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const range = { start: offset, end: offset + lengthBytes - 1 };
  const { properties, stream } = await store.read(address, () => range);
  if (properties.etag !== etag) {
    await stream.cancel();
    throw new Error("the capture was replaced while it was looked into");
  }
  const bytes = new Uint8Array(lengthBytes);
  let filled = 0;
  for await (const chunk of stream) {
    bytes.set(chunk.subarray(0, lengthBytes - filled), filled);
    filled += chunk.length;
  }
  return filled >= lengthBytes ? bytes : bytes.slice(0, filled);
}
