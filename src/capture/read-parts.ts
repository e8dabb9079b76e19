import { type FileHandle, open } from "node:fs/promises";

const readSizeBytes = 1 << 20;
/** The chunk that is being read, the one before it, of which a record may reach into it, and the next. */
const bufferCount = 3;

/**
 * A file's bytes, read ahead by one chunk, always into the same memory: a chunk is good until the one
 * after the next is asked for, as `CaptureReader` needs it. A new buffer for each would be garbage that
 * costs collections of the whole heap.
 */
export async function* readPart(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  const buffers = Array.from({ length: bufferCount }, () => Buffer.allocUnsafeSlow(readSizeBytes));
  let next: Promise<Uint8Array> = Promise.resolve(Buffer.alloc(0));
  try {
    next = readChunk(file, buffers[0]);
    for (let index = 1; ; index++) {
      const chunk = await next;
      if (chunk.length === 0) return;
      next = readChunk(file, buffers[index % bufferCount]);
      next.catch(() => {}); // told by whoever waits for it
      yield chunk;
    }
  } finally {
    await next.catch(() => {});
    await file.close();
  }
}

async function readChunk(file: FileHandle, buffer: Buffer | undefined): Promise<Uint8Array> {
  if (!buffer) return Buffer.alloc(0);
  const { bytesRead } = await file.read(buffer);
  return buffer.subarray(0, bytesRead);
}
