import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { type KeyRing, SealBrokenError } from "./key-ring.ts";
import {
  chunkCount,
  chunkOffset,
  chunkOverheadBytes,
  openChunk,
  plainSizeBytes,
  sealChunk,
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
    const sealed: Buffer[] = [];
    for (let at = 0; at < bytes.byteLength;) {
      // A full chunk is held until more comes: it may be the last.
      if (this.#heldSizeBytes === this.#held.length) sealed.push(this.#sealHeld(false));
      const left = bytes.byteLength - at;
      if (this.#heldSizeBytes === 0 && left > this.#held.length) {
        sealed.push(this.#seal(bytes.subarray(at, at + this.#held.length), false));
        at += this.#held.length;
        continue;
      }
      const sizeBytes = Math.min(this.#held.length - this.#heldSizeBytes, left);
      this.#held.set(bytes.subarray(at, at + sizeBytes), this.#heldSizeBytes);
      this.#heldSizeBytes += sizeBytes;
      at += sizeBytes;
    }
    if (sealed.length > 0) await this.#file.writeFile(Buffer.concat(sealed));
  }

  async end(): Promise<void> {
    await this.#file.writeFile(this.#sealHeld(true));
  }

  #sealHeld(isLast: boolean): Buffer {
    const sealed = this.#seal(this.#held.subarray(0, this.#heldSizeBytes), isLast);
    this.#heldSizeBytes = 0;
    return sealed;
  }

  #seal(plain: Uint8Array, isLast: boolean): Buffer {
    return sealChunk(this.#key, { index: this.#index++, isLast }, plain);
  }
}

/** Which sealed file it must be, and how much is in it. */
export interface SealedFile {
  readonly path: string;
  /** Hexadecimal. */
  readonly fileId: string;
  readonly sizeBytes: number;
}

/** The bytes `from` up to `to` of a sealed file; only the chunks that have them are read. */
export async function* readSealed(
  ring: KeyRing,
  sealed: SealedFile,
  { from, to }: { from: number; to: number },
): AsyncGenerator<Uint8Array> {
  const file = await open(sealed.path, "r");
  try {
    const key = await openFile(ring, file, sealed);
    const { chunkSizeBytes } = key;
    const count = chunkCount(key, sealed.sizeBytes);
    const end = Math.min(Math.ceil(to / chunkSizeBytes), count);
    const step = readSizeBytes / chunkSizeBytes;
    for (let first = Math.floor(from / chunkSizeBytes); first < end; first += step) {
      const places = { first, end: Math.min(first + step, end), count };
      for (const { index, plain } of await readChunks(file, key, { ...places, sealed })) {
        const start = index * chunkSizeBytes;
        yield plain.subarray(Math.max(from - start, 0), Math.min(to - start, plain.length));
      }
    }
  } finally {
    await file.close();
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

async function readChunks(
  file: FileHandle,
  key: SealedFileKey,
  wanted: { first: number; end: number; count: number; sealed: SealedFile },
): Promise<{ index: number; plain: Buffer }[]> {
  const { first, end, count, sealed } = wanted;
  const { chunkSizeBytes } = key;
  const plainEnd = Math.min(end * chunkSizeBytes, sealed.sizeBytes);
  const sizeBytes = plainEnd - first * chunkSizeBytes + (end - first) * chunkOverheadBytes;
  const bytes = Buffer.allocUnsafe(sizeBytes);
  await readFully(file, bytes, { at: chunkOffset(key, first), path: sealed.path });
  return Array.from({ length: end - first }, (_, offset) => {
    const index = first + offset;
    const at = offset * (chunkSizeBytes + chunkOverheadBytes);
    const chunk = bytes.subarray(at, at + chunkSizeBytes + chunkOverheadBytes);
    return { index, plain: openChunk(key, placeOf(key, index, count), chunk) };
  });
}

const placeOf = ({ grows }: SealedFileKey, index: number, count: number) => ({
  index,
  isLast: !grows && index === count - 1,
});

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
