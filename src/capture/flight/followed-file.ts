import { type FileHandle, open } from "node:fs/promises";

const chunkBytesMax = 1 << 20;
const chunkBytesMin = 1 << 16;
const pollMilliseconds = 25;

/**
 * The bytes of a file that may still be written, as they come. `isWhole` says that no more will come;
 * `isEnough` is asked when there are none at the moment. A file that was removed is an empty one, and
 * `onMissing` is told.
 */
export async function* followedFile(
  path: string,
  how: {
    isWhole: () => boolean;
    isEnough: () => boolean;
    /** As far as is known. */
    sizeBytes: number;
    onMissing: () => void;
    signal: AbortSignal;
  },
): AsyncGenerator<Uint8Array, void> {
  const file = await openIfThere(path);
  if (!file) return how.onMissing();
  // One byte more than there is: a whole file is known to end with its first chunk.
  let size = Math.min(chunkBytesMax, Math.max(chunkBytesMin, how.sizeBytes + 1));
  try {
    for (;;) {
      how.signal.throwIfAborted();
      // Asked before the read: what was written before the answer is read.
      const isWhole = how.isWhole();
      // Each chunk is a new one: whoever reads it keeps the record that it ends with.
      const chunk = Buffer.allocUnsafeSlow(size);
      const { bytesRead } = await file.read(chunk, 0, size, null);
      if (bytesRead > 0) yield new Uint8Array(chunk.buffer, 0, bytesRead);
      if (isWhole && bytesRead < size) return;
      if (bytesRead === 0 && how.isEnough()) return;
      if (bytesRead === 0) await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
      else if (bytesRead < size) size = chunkBytesMin;
    }
  } finally {
    await file.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  return open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
}
