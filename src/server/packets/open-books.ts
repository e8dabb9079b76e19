// Captures that people look into now: a few threads, the one longest unused closed for the next.
import type { Clock } from "../../common/clock.ts";
import type { Closable } from "../../common/lifecycle.ts";
import type { BlobAddress, BlobProperties, BlobStore } from "../../storage/blob-store.ts";
import { type BookThread, startBookThread } from "./book-thread.ts";

/** Each keeps some 50 bytes of memory a packet, and a thread. */
const bookCountMax = 4;
/** A book that nobody asks goes. */
const idleMilliseconds = 5 * 60_000;
/** So often it is seen whether a book is idle, or its capture gone. */
const sweepMilliseconds = 10_000;

type BlobVersion = Pick<BlobProperties, "etag" | "sizeBytes">;

interface Book {
  thread: BookThread;
  address: BlobAddress;
  etag: string;
  usedAt: number;
  /** Who has been told of in the access log, with when. */
  readers: Map<string, number>;
}

export interface OpenBooks extends Closable {
  /** The book of a blob as it is now. */
  open(address: BlobAddress, properties: BlobProperties): Book;
  /** Of books that are open, for tests and metrics. */
  readonly count: number;
}

export function createOpenBooks({
  store,
  clock,
}: {
  store: Pick<BlobStore, "read" | "blob">;
  clock: Clock;
}): OpenBooks {
  const books = new Map<string, Book>();
  const drop = async (key: string): Promise<void> => {
    const book = books.get(key);
    books.delete(key);
    await book?.thread.close();
  };
  const begin = (key: string, address: BlobAddress, version: BlobVersion): Book => {
    const thread = startBookThread(store, address, version);
    const readers = new Map<string, number>();
    const book = { thread, address, etag: version.etag, usedAt: clock.now(), readers };
    void forgetAtEnd(key, book);
    return book;
  };
  const forgetAtEnd = async (key: string, book: Book): Promise<void> => {
    await book.thread.ended;
    if (books.get(key) === book) books.delete(key);
  };
  const sweep = async (): Promise<void> => {
    for (const [key, { address, etag, usedAt }] of books) {
      const properties = await store.blob(address).catch(() => null);
      if (properties?.etag !== etag || clock.now() - usedAt > idleMilliseconds) await drop(key);
    }
  };
  const timer = setInterval(() => void sweep(), sweepMilliseconds);
  timer.unref();
  return {
    get count() {
      return books.size;
    },
    open(address, { etag, sizeBytes }) {
      const key = JSON.stringify([address.container, address.blob]);
      const found = books.get(key);
      if (found?.etag !== etag) void drop(key);
      const book = books.get(key) ?? begin(key, address, { etag, sizeBytes });
      book.usedAt = clock.now();
      // The one used last is the last to go.
      books.delete(key);
      books.set(key, book);
      const [oldest] = books.keys();
      if (books.size > bookCountMax && oldest !== undefined) void drop(oldest);
      return book;
    },
    async close() {
      clearInterval(timer);
      await Promise.all([...books.keys()].map(drop));
    },
  };
}
