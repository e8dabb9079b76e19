import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { type KeyRing, SealBrokenError } from "./key-ring.ts";
import {
  chunkCount,
  chunkOffset,
  chunkOverheadBytes,
  openChunk,
  plainSizeBytes,
  releaseMemory,
  sealChunkInto,
} from "./sealed-chunk.ts";
import {
  makeHead,
  makeSlot,
  openHead,
  type SealedFileKey,
  sealedHeadSizeBytes,
  slotOffsets,
  slotSizeBytes,
  sortSlots,
} from "./sealed-head.ts";

const readSizeBytes = 256 << 10;

/** Seals a new file from its first byte to its last. Bytes are held back until a chunk of them is whole. */
export class SealingWriter {
  readonly #file: FileHandle;
  readonly #key: SealedFileKey;
  #held: Buffer;
  #heldSizeBytes = 0;
  #out = Buffer.alloc(0);
  #index = 0;

  private constructor(file: FileHandle, key: SealedFileKey) {
    this.#file = file;
    this.#key = key;
    this.#held = Buffer.allocUnsafe(key.chunkSizeBytes);
  }

  static async begin(
    ring: KeyRing,
    file: FileHandle,
    origin: Uint8Array,
  ): Promise<{ writer: SealingWriter; fileId: string; keyId: string }> {
    const keyId = ring.current.id;
    const { head, key } = makeHead(ring, { origin, grows: false });
    await file.writeFile(head); // at the file's position, all of it
    return { writer: new SealingWriter(file, key), fileId: key.fileId.toString("hex"), keyId };
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { chunkSizeBytes } = this.#key;
    const chunkCountMax = Math.ceil((this.#heldSizeBytes + bytes.byteLength) / chunkSizeBytes);
    const out = this.#room(chunkCountMax);
    let used = 0;
    for (let at = 0; at < bytes.byteLength;) {
      // A full chunk is held until more comes: it may be the last.
      if (this.#heldSizeBytes === chunkSizeBytes) used += this.#sealHeld(out.subarray(used), false);
      const left = bytes.byteLength - at;
      if (this.#heldSizeBytes === 0 && left > chunkSizeBytes) {
        const plain = bytes.subarray(at, at + chunkSizeBytes);
        used += this.#seal(out.subarray(used), plain, false);
        at += chunkSizeBytes;
        continue;
      }
      const sizeBytes = Math.min(chunkSizeBytes - this.#heldSizeBytes, left);
      this.#held.set(bytes.subarray(at, at + sizeBytes), this.#heldSizeBytes);
      this.#heldSizeBytes += sizeBytes;
      at += sizeBytes;
    }
    if (used > 0) await this.#file.writeFile(out.subarray(0, used));
  }

  async end(): Promise<void> {
    const out = this.#room(1);
    await this.#file.writeFile(out.subarray(0, this.#sealHeld(out, true)));
  }

  /** Memory for so many chunks, which the next call may use again. */
  #room(chunks: number): Buffer {
    const sizeBytes = chunks * (this.#key.chunkSizeBytes + chunkOverheadBytes);
    if (this.#out.length < sizeBytes) this.#out = Buffer.allocUnsafe(sizeBytes);
    return this.#out;
  }

  #sealHeld(out: Buffer, isLast: boolean): number {
    const used = this.#seal(out, this.#held.subarray(0, this.#heldSizeBytes), isLast);
    this.#heldSizeBytes = 0;
    return used;
  }

  #seal(out: Buffer, plain: Uint8Array, isLast: boolean): number {
    return sealChunkInto(out, this.#key, { index: this.#index++, isLast, plain });
  }
}

/** Which sealed file it must be, and how much is in it. */
export interface SealedFile {
  readonly path: string;
  /** Hexadecimal. */
  readonly fileId: string;
  readonly sizeBytes: number;
}

/** What of a sealed file is read. */
export interface SealedRange {
  readonly from: number;
  readonly to: number;
  /** Whoever reads is done with a chunk when it asks for the next: its memory is given back then. */
  readonly isPassing?: boolean;
}

/**
 * The bytes `from` up to `to` of a sealed file; only the chunks that have them are read, the next ones
 * while those before them are looked at.
 */
export async function* readSealed(
  ring: KeyRing,
  sealed: SealedFile,
  { from, to, isPassing = false }: SealedRange,
): AsyncGenerator<Uint8Array> {
  const file = await open(sealed.path, "r");
  let next: Promise<RawChunks | null> = Promise.resolve(null);
  try {
    const key = await openFile(ring, file, sealed);
    const read = readAhead(file, key, { sealed, from, to });
    next = read();
    for (let raw = await next; raw; raw = await next) {
      next = read();
      next.catch(() => {}); // told by whoever waits for it
      for (const { index, plain } of openChunks(key, raw)) {
        const start = index * key.chunkSizeBytes;
        yield plain.subarray(Math.max(from - start, 0), Math.min(to - start, plain.length));
        if (isPassing) releaseMemory(plain);
      }
    }
  } finally {
    await next.catch(() => {});
    await file.close();
  }
}

/** Chunks `first` and those behind it, as they lie in their file, which has `count`. */
interface RawChunks {
  readonly bytes: Buffer;
  readonly first: number;
  readonly count: number;
}

/** Reads the next chunks at each call, into one of two buffers in turn; null behind the last. */
function readAhead(
  file: FileHandle,
  key: SealedFileKey,
  { sealed, from, to }: { sealed: SealedFile; from: number; to: number },
): () => Promise<RawChunks | null> {
  const { chunkSizeBytes } = key;
  const count = chunkCount(key, sealed.sizeBytes);
  const end = Math.min(Math.ceil(to / chunkSizeBytes), count);
  const step = readSizeBytes / chunkSizeBytes;
  const begin = Math.floor(from / chunkSizeBytes);
  const roomBytes =
    Math.min(step, Math.max(end - begin, 0)) * (chunkSizeBytes + chunkOverheadBytes);
  let [room, other] = [Buffer.allocUnsafe(roomBytes), Buffer.alloc(0)];
  let at = begin;
  return async () => {
    if (at >= end) return null;
    [room, other] = [other.length < roomBytes ? Buffer.allocUnsafe(roomBytes) : other, room];
    const first = at;
    at = Math.min(first + step, end);
    const plainEnd = Math.min(at * chunkSizeBytes, sealed.sizeBytes);
    const plainBytes = plainEnd - first * chunkSizeBytes;
    const bytes = room.subarray(0, plainBytes + (at - first) * chunkOverheadBytes);
    await readFully(file, bytes, { at: chunkOffset(key, first), path: sealed.path });
    return { bytes, first, count };
  };
}

function* openChunks(
  key: SealedFileKey,
  { bytes, first, count }: RawChunks,
): Generator<{ index: number; plain: Buffer }> {
  const sizeBytes = key.chunkSizeBytes + chunkOverheadBytes;
  for (let at = 0, index = first; at < bytes.length; at += sizeBytes, index++) {
    const place = { index, isLast: !key.grows && index === count - 1 };
    yield { index, plain: openChunk(key, place, bytes.subarray(at, at + sizeBytes)) };
  }
}

/** Opens the head. Throws `SealBrokenError` when it is another file than the one asked for. */
export async function openFile(
  ring: KeyRing,
  file: FileHandle,
  { path, fileId }: Pick<SealedFile, "path" | "fileId">,
): Promise<SealedFileKey> {
  const key = await openSteadyHead(ring, file);
  if (key.fileId.toString("hex") === fileId) return key;
  throw new SealBrokenError(`${path} is another file than the one that was written there`);
}

/** A head that is being wrapped anew may be read half before and half after: then it is read again. */
async function openSteadyHead(ring: KeyRing, file: FileHandle): Promise<SealedFileKey> {
  try {
    return openHead(ring, await readHead(file));
  } catch {
    return openHead(ring, await readHead(file));
  }
}

export async function readHead(file: FileHandle): Promise<Buffer> {
  const head = Buffer.alloc(sealedHeadSizeBytes);
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  return head.subarray(0, bytesRead);
}

async function readFully(
  file: FileHandle,
  bytes: Buffer,
  { at, path }: { at: number; path: string },
): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await file.read(bytes, done, bytes.length - done, at + done);
    if (bytesRead === 0) throw new SealBrokenError(`${path} ends at byte ${at + done}`);
    done += bytesRead;
  }
}

/** What a whole sealed file says of itself: for files that no record lists yet. */
export async function describeSealedFile(
  ring: KeyRing,
  path: string,
): Promise<{ fileId: string; origin: Buffer; sizeBytes: number }> {
  const file = await open(path, "r");
  try {
    const key = openHead(ring, await readHead(file));
    const sizeBytes = key.grows ? null : plainSizeBytes(key, (await file.stat()).size);
    if (sizeBytes === null) throw new SealBrokenError(`${path} was cut`);
    return { fileId: key.fileId.toString("hex"), origin: key.origin, sizeBytes };
  } finally {
    await file.close();
  }
}

/**
 * Wraps a file's key with the current key of the ring, and takes out what the others wrapped. The new
 * slot is on the disk before the old one goes. True when there was something to do.
 */
export async function rewrapFile(ring: KeyRing, path: string): Promise<boolean> {
  const file = await open(path, "r+");
  try {
    const head = await readHead(file);
    const { dataKey } = openHead(ring, head);
    const { fit, other } = sortSlots(ring.current, head);
    if (fit.length > 0 && other.length === 0) return false;
    // The slot that goes last is one that opens: of two that hold something, one may be damaged.
    const kept = fit[0] ?? spareSlot(ring, head);
    if (fit.length === 0) {
      await writeSlot(file, kept, makeSlot(ring.current, head, dataKey));
    }
    for (const offset of slotOffsets) {
      if (offset !== kept) await writeSlot(file, offset, Buffer.alloc(slotSizeBytes));
    }
    return true;
  } finally {
    await file.close();
  }
}

/** A slot that nothing depends on: an empty one, or one that no key of the ring opens. */
function spareSlot(ring: KeyRing, head: Buffer): number {
  const needed = new Set(ring.keys.flatMap((key) => sortSlots(key, head).fit).slice(0, 1));
  return slotOffsets.find((offset) => !needed.has(offset)) ?? slotOffsets[1];
}

async function writeSlot(file: FileHandle, offset: number, slot: Buffer): Promise<void> {
  await file.write(slot, 0, slot.length, offset);
  await file.sync();
}
