import { open } from "node:fs/promises";

const chunkBytes = 1 << 20;
const pollMilliseconds = 25;

/**
 * The bytes of a file that may still be written, as they come. `isWhole` says that no more will come;
 * `isEnough` is asked when there are none at the moment.
 */
export async function* followedFile(
  path: string,
  how: { isWhole: () => boolean; isEnough: () => boolean; signal: AbortSignal },
): AsyncGenerator<Uint8Array, void> {
  const file = await open(path, "r");
  try {
    for (;;) {
      how.signal.throwIfAborted();
      // Asked before the read: what was written before the answer is read.
      const isWhole = how.isWhole();
      // Each chunk is a new one: whoever reads it keeps the record that it ends with.
      const chunk = Buffer.allocUnsafeSlow(chunkBytes);
      const { bytesRead } = await file.read(chunk, 0, chunkBytes, null);
      if (bytesRead > 0) yield new Uint8Array(chunk.buffer, 0, bytesRead);
      else if (isWhole || how.isEnough()) return;
      else await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    }
  } finally {
    await file.close();
  }
}
