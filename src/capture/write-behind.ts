import { type FileHandle, open } from "node:fs/promises";

/** Flushed so often, beside the writing: then little is left to flush at the end. */
const flushedBytes = 32 << 20;

/** A file that is written while whoever writes it makes the next chunk; one chunk waits at most. */
export interface WriteBehind {
  /** Takes a chunk and the memory that it lies in; resolves when the one before it is written. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when all is on disk; throws what any write or flush has failed with. */
  finish(): Promise<void>;
  /** Waits for what is under way, whatever comes of it, and closes the file. */
  close(): Promise<void>;
}

/** Makes the file, or empties it. */
export async function openWriteBehind(path: string, mode: number): Promise<WriteBehind> {
  const file = await open(path, "w", mode);
  let writing: Promise<void> = Promise.resolve();
  let flushing: Promise<void> = Promise.resolve();
  let isFlushing = false;
  let unflushedBytes = 0;
  const flush = async (): Promise<void> => {
    unflushedBytes = 0;
    isFlushing = true;
    await file.datasync();
    isFlushing = false;
  };
  return {
    async write(chunk) {
      await writing;
      writing = writeAndRelease(file, chunk);
      writing.catch(() => {}); // told by whoever waits for it next
      unflushedBytes += chunk.length;
      if (isFlushing || unflushedBytes < flushedBytes) return;
      flushing = flush();
      flushing.catch(() => {}); // told by `finish`
    },
    async finish() {
      await writing;
      await flushing;
      await file.sync();
    },
    async close() {
      await Promise.allSettled([writing, flushing]);
      await file.close();
    },
  };
}

/** Left to the garbage collector, the memory of a large file is many collections of the whole heap. */
async function writeAndRelease(file: FileHandle, chunk: Uint8Array): Promise<void> {
  await file.writeFile(chunk);
  if (chunk.buffer instanceof ArrayBuffer) chunk.buffer.transfer(0);
}
