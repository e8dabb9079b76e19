import { open } from "node:fs/promises";

const bufferSizeBytes = 1_048_576;
/** One is looked at, one is read, and of one the last bytes may still be wanted. */
const bufferCount = 3;

/**
 * The bytes of a file, in buffers that are used again: a chunk is valid until the one after the next is
 * asked for. The next one is read while a chunk is looked at.
 */
export async function* readCapture(path: string): AsyncGenerator<Uint8Array, void> {
  const file = await open(path);
  try {
    const buffers = Array.from({ length: bufferCount }, () =>
      Buffer.allocUnsafeSlow(bufferSizeBytes),
    );
    let next = read(file, buffers[0]);
    for (let count = 1; ; count++) {
      const chunk = await next;
      if (chunk.length === 0) return;
      next = read(file, buffers[count % buffers.length]);
      // A failure shows when it is waited for; until then nobody listens to it.
      next.catch(() => undefined);
      yield chunk;
    }
  } finally {
    await file.close();
  }
}

async function read(
  file: Awaited<ReturnType<typeof open>>,
  buffer = Buffer.alloc(0),
): Promise<Uint8Array> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, bytesRead);
}
