// Runs in a worker thread: one capture is looked into packet by packet, beside the event loop. Its bytes come by messages,
// for only the control plane has the store and its keys.
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import { BookServer } from "../../inspection/browse/book-messages.ts";
import { memoryRoom } from "../../inspection/browse/decompressed-source.ts";
import { type IndexedFile, keepIndex, keptIndex } from "../../inspection/browse/kept-index.ts";
import { openBook, type OpenBook } from "../../inspection/browse/open-book.ts";
import type { RandomAccess } from "../../inspection/browse/packet-book.ts";
import { decodeContent } from "./decode-content.ts";
import type { FromThread, ToThread } from "./thread-messages.ts";

/** What a compressed capture may hold: it is laid out in memory, never on the disk in plain. */
const decompressedSizeBytesMax = 268_435_456;

const port = parentPort;
if (!port) throw new Error("this file runs in a worker thread");

const waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();
let lastRead = 0;
const say = (message: FromThread, transfer: ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);

const sourceOf = ({ sizeBytes }: IndexedFile): RandomAccess => ({
  sizeBytes,
  read(offset, lengthBytes) {
    if (lengthBytes === 0) return Promise.resolve(new Uint8Array(0));
    const id = ++lastRead;
    const reading = Promise.withResolvers<Uint8Array>();
    waiting.set(id, reading);
    say({ kind: "read", id, offset, lengthBytes });
    return reading.promise;
  },
});

const open = ({ file, index }: Extract<ToThread, { kind: "open" }>): Promise<OpenBook> =>
  openBook(sourceOf(file), {
    async pause() {
      await nextTurn();
    },
    nowMilliseconds: () => performance.now(),
    async delay(milliseconds, signal) {
      await wait(milliseconds, undefined, { signal });
    },
    room: memoryRoom(decompressedSizeBytesMax),
    decode: decodeContent,
    index: index && keptIndex(index, file),
    onIndex(made) {
      const kept = keepIndex(made, file);
      if (kept) say({ kind: "index", index: kept }, [kept.buffer]);
    },
  });

const opened = Promise.withResolvers<OpenBook>();
// Each question says why.
opened.promise.catch(() => {});
const server = new BookServer(opened.promise, (reply) => say({ kind: "reply", reply }));

port.on("message", (message: ToThread) => {
  if (message.kind === "open") return opened.resolve(open(message));
  if (message.kind === "ask") return server.hear(message.request);
  const reading = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.kind === "bytes") reading?.resolve(message.bytes);
  else reading?.reject(new Error(message.reason));
});
