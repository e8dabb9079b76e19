import type { ByteBuffers } from "./byte-buffers.ts";
import { streamNeed, type StreamNeed, type StreamPiece } from "./stream.ts";

/** Bytes kept of a message; what is beyond is counted but not kept, since only its beginning is read. */
const keptSizeMax = 262_144;
/** Bytes that are copied one by one. */
const copiedSingleMax = 64;
/** Gaps of one message that may wait to be filled. */
const rangeCountMax = 256;
/** A message without a known end may be this long. */
const sizeUnknown = 0x7fffffff;

const noBytes = new Uint8Array(0);

interface MessageStart {
  sequence: number;
  /** What was dissected of it, with what it needs. */
  piece: StreamPiece;
  buffers: ByteBuffers;
}

interface Range {
  start: number;
  end: number;
}

/** The beginning of a message that goes on in later segments, in whatever order they come. */
export class PendingMessage {
  readonly sequence: number;
  need: StreamNeed;
  /** Bytes of the whole message, as far as is known. */
  size: number;
  #bytes: Uint8Array = noBytes;
  /** Bytes from the beginning that are there without a gap, and what is there behind a gap. */
  #end: number;
  #later: Range[] | null = null;
  readonly #buffers: ByteBuffers;

  /** Keeps the bytes from `start` to `end` as the beginning of a message. */
  static start(
    bytes: Uint8Array,
    start: number,
    end: number,
    { sequence, piece, buffers }: MessageStart,
  ): PendingMessage {
    const length = end - start;
    const message = new PendingMessage(length, { sequence, piece, buffers });
    message.#keep(bytes, start, length, 0);
    return message;
  }

  private constructor(length: number, { sequence, piece, buffers }: MessageStart) {
    this.sequence = sequence;
    this.#buffers = buffers;
    this.#end = length;
    this.need = piece.need;
    this.size = sizeFor(piece, length);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Bytes from the beginning that are there without a gap. */
  get length(): number {
    return this.#end;
  }

  get keptLength(): number {
    return Math.min(this.length, keptSizeMax);
  }

  get wantsWholeSegment(): boolean {
    return this.need === streamNeed.anotherSegment;
  }

  /** Adds `length` bytes at `offset` of the message; true when it is complete with them. */
  add(bytes: Uint8Array, at: number, length: number, offset: number): boolean {
    this.#keep(bytes, at, length, offset);
    this.#mark(offset, offset + length);
    if (this.need === streamNeed.untilFin) return false;
    return this.length >= this.size;
  }

  /** Gives back what the message was kept in, which may be looked at until the frame ends. */
  release(): void {
    this.#buffers.give(this.#bytes);
    this.#bytes = noBytes;
  }

  /** The message turned out to be longer. */
  extend(piece: StreamPiece): void {
    this.need = piece.need;
    this.size = sizeFor(piece, this.length);
  }

  #keep(bytes: Uint8Array, at: number, length: number, offset: number): void {
    const end = Math.min(offset + length, keptSizeMax);
    if (end <= offset) return;
    if (end > this.#bytes.length) this.#grow(end);
    copy(bytes, at, end - offset, this.#bytes, offset);
  }

  /**
   * To at least twice what there is. What a header says of the message's size is not believed: most of those
   * that claim much never come.
   */
  #grow(size: number): void {
    const grown = this.#buffers.take(Math.min(Math.max(size, this.#bytes.length * 2), keptSizeMax));
    grown.set(this.#bytes);
    this.#buffers.give(this.#bytes);
    this.#bytes = grown;
  }

  #mark(start: number, end: number): void {
    // Most segments come in order and continue what is there.
    if (this.#later === null && start <= this.#end) this.#end = Math.max(this.#end, end);
    else this.#markLater(start, end);
  }

  #markLater(start: number, end: number): void {
    const ranges = [{ start: 0, end: this.#end }, ...(this.#later ?? [])];
    if (ranges.length >= rangeCountMax) return;
    let at = ranges.findIndex((range) => range.end >= start);
    if (at < 0) at = ranges.length;
    const merged = { start, end };
    let count = 0;
    for (let next = at; next < ranges.length; next++) {
      const range = ranges[next];
      if (!range || range.start > end) break;
      merged.start = Math.min(merged.start, range.start);
      merged.end = Math.max(merged.end, range.end);
      count++;
    }
    ranges.splice(at, count, merged);
    const [first, ...later] = ranges;
    this.#end = first?.end ?? 0;
    this.#later = later.length > 0 ? later : null;
  }
}

/** Few bytes are copied one by one, which costs less than an array that views them. */
function copy(
  bytes: Uint8Array,
  at: number,
  length: number,
  into: Uint8Array,
  offset: number,
): void {
  if (length > copiedSingleMax) into.set(bytes.subarray(at, at + length), offset);
  else for (let index = 0; index < length; index++) into[offset + index] = bytes[at + index] ?? 0;
}

function sizeFor(piece: StreamPiece, length: number): number {
  switch (piece.need) {
    case streamNeed.bytes:
      return length + piece.needSize;
    case streamNeed.untilFin:
      return sizeUnknown;
    case streamNeed.anotherSegment:
    case streamNeed.nothing:
      return length + 1;
  }
}
