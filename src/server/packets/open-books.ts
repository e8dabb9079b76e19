// Captures that people look into now: a few threads, the one longest unused closed for the next.
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import type { Closable } from "../../common/lifecycle.ts";
import type { BlobStore } from "../../storage/blob-store.ts";
import { type BookThread, type IndexPlace, openInThread } from "./book-thread.ts";
import { createSpareThread } from "./spare-thread.ts";
import type { FoundCapture } from "./find-blob.ts";
import { readerOf, type StoredFile } from "./stored-files.ts";

/** Each keeps some 50 bytes of memory a packet, and a thread. */
const bookCountMax = 4;
/** A book that nobody asks goes. */
const idleMilliseconds = 5 * 60_000;
/** So often it is seen whether a book is idle, or its capture gone. */
const sweepMilliseconds = 10_000;
/** Of a capture of several files it is seen so often whether they are the same. */
const listedMilliseconds = 10_000;
/** Files that were added are shown when the book is so old: until then places and numbers stay. */
const grownMilliseconds = 60_000;
/** Files of several that are looked at together before they are taken for one. */
const lookedAtOnceMax = 16;

interface Book {
  thread: BookThread;
  files: readonly StoredFile[];
  openedAt: number;
  usedAt: number;
  listedAt: number;
  /** Who has been told of in the access log, with when. */
  readers: Map<string, number>;
}

export interface OpenBooks extends Closable {
  /** The book of a recording as it is now. Throws where its files cannot be taken together. */
  open(found: FoundCapture): Promise<Book>;
  /** Somebody may soon look into a capture. */
  warm(): void;
  /** Of books that are open, for tests and metrics. */
  readonly count: number;
}

export interface OpenBooksOptions {
  store: Pick<BlobStore, "read" | "blob">;
  /** Where the index of a session's capture is kept. */
  indexOf: (sessionId: string) => IndexPlace;
  clock: Clock;
}

export function createOpenBooks({ store, indexOf, clock }: OpenBooksOptions): OpenBooks {
  const books = new Map<string, Book>();
  const spare = createSpareThread(clock, idleMilliseconds);
  const drop = async (key: string): Promise<void> => {
    const book = books.get(key);
    books.delete(key);
    await book?.thread.close();
  };
  const begin = (key: string, files: readonly StoredFile[]): Book => {
    const thread = openInThread(spare.take(), store, files, indexOf(key));
    const now = clock.now();
    const readers = new Map<string, number>();
    const book = { thread, files, openedAt: now, usedAt: now, listedAt: now, readers };
    void forgetAtEnd(key, book);
    return book;
  };
  const forgetAtEnd = async (key: string, book: Book): Promise<void> => {
    await book.thread.ended;
    if (books.get(key) === book) books.delete(key);
  };
  const sweep = async (): Promise<void> => {
    await spare.sweep();
    for (const [key, { files, usedAt }] of books) {
      // Of several the oldest is the first to go.
      const [first] = files;
      const properties = first && (await store.blob(first.address).catch(() => null));
      if (properties?.etag !== first?.etag || clock.now() - usedAt > idleMilliseconds)
        await drop(key);
    }
  };
  const timer = setInterval(() => void sweep(), sweepMilliseconds);
  timer.unref();
  /** The files, unless the book that is open has them as they are. */
  const filesFor = async (found: FoundCapture, book: Book | undefined) => {
    const now = clock.now();
    const isListed = book !== undefined && book.files.length > 1 && !found.only;
    if (isListed && !book.thread.isBroken && now - book.listedAt < listedMilliseconds) return null;
    const files = await found.files();
    if (book && !book.thread.isBroken && isStillOf(book, files, now)) {
      book.listedAt = now;
      return null;
    }
    if (files.length > 1) await checkFormats(store, files);
    return files;
  };
  return {
    get count() {
      return books.size;
    },
    warm: () => spare.warm(),
    async open(found) {
      const { key } = found;
      const files = await filesFor(found, books.get(key));
      if (files) await drop(key);
      const book = books.get(key) ?? begin(key, files ?? (await found.files()));
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
      await spare.close();
      await Promise.all([...books.keys()].map(drop));
    },
  };
}

/** False when a file is gone or another, or when some were added a while ago. */
function isStillOf({ files, openedAt }: Book, now: readonly StoredFile[], time: number): boolean {
  const etags = new Map(now.map(({ address, etag }) => [address.blob, etag]));
  if (files.some(({ address, etag }) => etags.get(address.blob) !== etag)) return false;
  return now.length === files.length || time - openedAt < grownMilliseconds;
}

/** Sections of pcapng say of each packet which interface of which file it is of; other formats cannot be strung together. */
async function checkFormats(
  store: Pick<BlobStore, "read">,
  files: readonly StoredFile[],
): Promise<void> {
  for (let at = 0; at < files.length; at += lookedAtOnceMax)
    await Promise.all(
      files.slice(at, at + lookedAtOnceMax).map((file) => checkFormat(store, file)),
    );
}

async function checkFormat(store: Pick<BlobStore, "read">, file: StoredFile): Promise<void> {
  const [a, b, c, d] = await readerOf(store, [file])(0, 4);
  if (a === 0x0a && b === 0x0d && c === 0x0d && d === 0x0a) return;
  throw new NightcapError(
    "NotImplemented",
    `not supported: packets of several files of which one, ${file.address.blob}, is not pcapng; download them`,
  );
}
