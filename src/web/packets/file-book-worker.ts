// Runs in a worker of the browser: a dropped file is looked into beside the page, and leaves the machine nowhere.
// Everything that dissects is loaded at once, so that it needs no network later.
import "../../inspection/dissect/protocols.ts";
import { BookServer } from "../../inspection/browse/book-messages.ts";
import { memoryRoom } from "../../inspection/browse/decompressed-source.ts";
import { openBook, type BookOptions, type OpenBook } from "../../inspection/browse/open-book.ts";
import type { RandomAccess } from "../../inspection/browse/packet-book.ts";
import { decodeContent } from "./decode-content.ts";
import type { FileBookReply, FileBookRequest } from "./file-book-messages.ts";

/** What a compressed file may hold: it is laid out in memory. */
const decompressedSizeBytesMax = 536_870_912;

interface OpenFile {
  book: Promise<OpenBook>;
  server: BookServer;
}

const open = new Map<number, OpenFile>();
const say = (reply: FileBookReply): void => postMessage(reply);

addEventListener("message", ({ data }: MessageEvent<FileBookRequest>) => {
  if (data.kind === "open") {
    const book = openBook(bytesOf(data.file), options());
    // Whoever asks is told why.
    book.catch(() => {});
    const server = new BookServer(book, (reply) => say({ kind: "answer", book: data.book, reply }));
    open.set(data.book, { book, server });
  } else if (data.kind === "close") {
    const closing = open.get(data.book);
    open.delete(data.book);
    closing?.book.then((book) => book.close()).catch(() => {});
  } else {
    open.get(data.book)?.server.hear(data.request);
  }
});

function bytesOf(file: File): RandomAccess {
  return {
    sizeBytes: file.size,
    read: async (offset, length) =>
      new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
  };
}

function options(): BookOptions {
  return {
    pause: nextTask,
    nowMilliseconds: () => performance.now(),
    delay: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, milliseconds);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          reject(signal.reason as Error);
        });
      }),
    room: memoryRoom(decompressedSizeBytesMax),
    decode: decodeContent,
  };
}

const { port1, port2 } = new MessageChannel();
const waiting: (() => void)[] = [];
port1.addEventListener("message", () => waiting.shift()?.());
port1.start();

/** A timer would wait 4 ms each time. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    port2.postMessage(null);
  });
}

say({ kind: "ready" });
