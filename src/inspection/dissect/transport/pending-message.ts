import type { ByteBuffers } from "./byte-buffers.ts";
import { streamNeed, type StreamNeed, type StreamPiece } from "./stream.ts";

/** Bytes kept of a message; what is beyond is counted but not kept, since only its beginning is read. */
const keptSizeMax = 262_144;
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
  readonly #ranges: Range[];
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
    this.#ranges = [{ start: 0, end: length }];
    this.need = piece.need;
    this.size = sizeFor(piece, length);
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Bytes from the beginning that are there without a gap. */
  get length(): number {
    return this.#ranges[0]?.end ?? 0;
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
    this.#bytes.set(bytes.subarray(at, at + end - offset), offset);
  }

  /** To the size that the message will have, where that is known, otherwise to twice what it has. */
  #grow(size: number): void {
    const expected = this.need === streamNeed.bytes ? this.size : this.#bytes.length * 2;
    const grown = this.#buffers.take(Math.max(size, Math.min(expected, keptSizeMax)));
    grown.set(this.#bytes);
    this.#buffers.give(this.#bytes);
    this.#bytes = grown;
  }

  #mark(start: number, end: number): void {
    const ranges = this.#ranges;
    const first = ranges[0];
    // Most segments come in order and continue what is there.
    if (first && ranges.length === 1 && start <= first.end && start >= first.start) {
      first.end = Math.max(first.end, end);
      return;
    }
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
  }
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
