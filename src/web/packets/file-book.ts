import { BookClient } from "../../inspection/browse/book-messages.ts";
import type { PacketBook } from "../../inspection/browse/packet-book.ts";
import type { FileBookReply, FileBookRequest } from "./file-book-messages.ts";

/** A dropped file, packet by packet; `close` lets go of what the worker keeps of it. */
export interface FileBook extends PacketBook {
  close(): void;
}

interface BookWorker {
  worker: Worker;
  clients: Map<number, BookClient>;
  /** Done when all that it runs with is there. */
  ready: Promise<void>;
}

let shared: BookWorker | null = null;
let lastBook = 0;

/** Loads what a dropped file is looked into with, while there may still be a network. */
export function warmFileBooks(): Promise<void> {
  return (shared ??= startWorker()).ready;
}

/** Opens a file in the worker. What is wrong with it, each question says. */
export function openFileBook(file: File): FileBook {
  const { worker, clients } = (shared ??= startWorker());
  const book = ++lastBook;
  const tell = (request: FileBookRequest): void => worker.postMessage(request);
  const client = new BookClient((request) => tell({ kind: "ask", book, request }));
  clients.set(book, client);
  tell({ kind: "open", book, file });
  return {
    rows: (question, signal) => client.rows(question, signal),
    packet: (number, signal) => client.packet(number, signal),
    follow: (question, signal) => client.follow(question, signal),
    http: (question, signal) => client.http(question, signal),
    close() {
      if (!clients.delete(book)) return;
      tell({ kind: "close", book });
      client.fail(new Error("the file was closed"));
    },
  };
}

function startWorker(): BookWorker {
  const worker = new Worker(new URL("./file-book-worker.ts", import.meta.url), { type: "module" });
  const clients = new Map<number, BookClient>();
  const { promise: ready, resolve } = Promise.withResolvers<void>();
  worker.addEventListener("message", ({ data }: MessageEvent<FileBookReply>) => {
    if (data.kind === "ready") resolve();
    else clients.get(data.book)?.hear(data.reply);
  });
  worker.addEventListener("error", ({ message }) => {
    for (const client of clients.values()) client.fail(new Error(message));
    worker.terminate();
    if (shared?.worker === worker) shared = null;
  });
  return { worker, clients, ready };
}
