// The files of a stored capture, one behind the other as if they were one.
import { createHash } from "node:crypto";
import type { IndexedFile } from "../../inspection/browse/kept-index.ts";
import type { BlobAddress, BlobStore } from "../../storage/blob-store.ts";

/** One file as it was when it was looked for. */
export interface StoredFile extends IndexedFile {
  address: BlobAddress;
  etag: string;
}

/** What an index of all of them is of. */
export function indexedFile(files: readonly IndexedFile[]): IndexedFile {
  const [only] = files;
  if (only && files.length === 1) return { sizeBytes: only.sizeBytes, sha256: only.sha256 };
  const hash = createHash("sha256");
  let sizeBytes = 0;
  for (const file of files) {
    hash.update(`${file.sizeBytes} ${file.sha256}\n`);
    sizeBytes += file.sizeBytes;
  }
  return { sizeBytes, sha256: hash.digest("hex") };
}

type Reading = Pick<BlobStore, "read">;

/** Reads bytes wherever in the files, which may be encrypted. Rejects once one of them is gone or another. */
export function readerOf(
  store: Reading,
  files: readonly StoredFile[],
): (offset: number, lengthBytes: number) => Promise<Uint8Array<ArrayBuffer>> {
  const starts: number[] = [];
  let sizeBytes = 0;
  for (const file of files) {
    starts.push(sizeBytes);
    sizeBytes += file.sizeBytes;
  }
  return async (offset, lengthBytes) => {
    const bytes = new Uint8Array(Math.max(0, Math.min(lengthBytes, sizeBytes - offset)));
    let filled = 0;
    for (let at = lastUpTo(starts, offset); filled < bytes.length; at++) {
      const file = files[at];
      if (!file) break;
      const start = offset + filled - (starts[at] ?? 0);
      const room = bytes.subarray(filled, filled + file.sizeBytes - start);
      await readInto(store, file, { start, room });
      filled += room.length;
    }
    return bytes;
  };
}

/** Which of the ascending numbers is the last that is not above `value`. */
function lastUpTo(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

async function readInto(
  store: Reading,
  { address, etag }: StoredFile,
  { start, room }: { start: number; room: Uint8Array },
): Promise<void> {
  if (room.length === 0) return;
  const range = { start, end: start + room.length - 1 };
  const { properties, stream } = await store.read(address, () => range);
  if (properties.etag !== etag) {
    await stream.cancel();
    throw new Error("the capture was replaced while it was looked into");
  }
  let filled = 0;
  for await (const chunk of stream) {
    room.set(chunk.subarray(0, room.length - filled), filled);
    filled += chunk.length;
  }
  if (filled < room.length) throw new Error(`${address.blob} ends early`);
}
