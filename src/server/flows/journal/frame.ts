import { crc32 } from "node:zlib";
import { KeyRing, SealBrokenError } from "../../../storage/vault/key-ring.ts";
import {
  messageKeyId,
  messageOverheadBytes,
  openMessage,
  sealMessage,
} from "../../../storage/vault/message.ts";

/** Length and checksum before each entry. The length's highest bit says that the entry is sealed. */
const frameHeadSizeBytes = 8;
/** A larger one was not written by us. */
export const entrySizeBytesMax = 32 << 20;
/** A frame with the largest entry. */
export const frameSizeBytesMax = frameHeadSizeBytes + entrySizeBytesMax + messageOverheadBytes;
/** What a frame adds to its entry, at most. */
export const frameOverheadBytes = frameHeadSizeBytes + messageOverheadBytes;
const sealedBit = 0x8000_0000;
const lengthBits = 0x7fff_ffff;
const purpose = "flow journal";

/** An entry as it lies in a segment: its length, its checksum, its bytes; sealed where there are keys. */
export function frameOf(entry: Uint8Array, keys: KeyRing | null): Uint8Array {
  const bytes = keys ? sealMessage(keys, purpose, entry) : entry;
  const framed = new Uint8Array(frameHeadSizeBytes + bytes.length);
  const view = new DataView(framed.buffer);
  view.setUint32(0, (bytes.length | (keys ? sealedBit : 0)) >>> 0, true);
  view.setUint32(4, crc32(bytes), true);
  framed.set(bytes, frameHeadSizeBytes);
  return framed;
}

export interface ReadEntry {
  /** Where its frame begins and where the next one does. */
  readonly offset: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/**
 * Whole entries from the beginning of `bytes`, which lies at `offset` of its segment; a torn one, and one
 * whose seal is broken, ends them. Throws `StorageKeyInvalid` for one whose key is not there.
 */
export function readFrames(bytes: Uint8Array, offset: number, keys: KeyRing | null): ReadEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: ReadEntry[] = [];
  for (let at = 0; at + frameHeadSizeBytes <= bytes.length;) {
    const head = view.getUint32(at, true);
    const length = head & lengthBits;
    const end = at + frameHeadSizeBytes + length;
    if (frameHeadSizeBytes + length > frameSizeBytesMax || end > bytes.length) break;
    const stored = bytes.subarray(at + frameHeadSizeBytes, end);
    if (crc32(stored) !== view.getUint32(at + 4, true)) break;
    const entry = head >>> 31 === 1 ? unseal(stored, keys) : stored;
    if (entry === null) break;
    entries.push({ offset: offset + at, end: offset + end, bytes: entry });
    at = end;
  }
  return entries;
}

function unseal(stored: Uint8Array, keys: KeyRing | null): Uint8Array | null {
  try {
    return openMessage(keys ?? noKeys, purpose, stored);
  } catch (error) {
    if (error instanceof SealBrokenError) return null;
    throw error;
  }
}

/** Every key is missing in it. */
const noKeys = new KeyRing([]);

/** The key that a segment's first entry was sealed with; null when that is in plain text. */
export function firstFrameKeyId(bytes: Uint8Array): string | null {
  if (bytes.length < frameOverheadBytes) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) >>> 31 === 0) return null;
  return messageKeyId(bytes.subarray(frameHeadSizeBytes));
}
