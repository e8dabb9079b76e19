/** Bytes of one direction's handshake that are kept; hellos are a few thousand at most. */
const streamSizeMax = 65_536;
/** Gaps that may wait to be filled. */
const rangeCountMax = 64;

const noBytes = new Uint8Array(0);

/** The handshake bytes of one direction, which come in any order (RFC 9000, 19.6). */
export class CryptoStream {
  #bytes = noBytes;
  readonly #ranges: { start: number; end: number }[] = [];
  /** Bytes already taken. */
  #taken = 0;

  /** What is there, of which `start` to `end` is new and in order. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Bytes from the beginning that are there without a gap. */
  get inOrder(): number {
    const first = this.#ranges[0];
    return first && first.start === 0 ? first.end : 0;
  }

  /** Adds what lies at `at` to `end` and belongs at `offset`; what exceeds the bound is left out. */
  add(bytes: Uint8Array, at: number, end: number, offset: number): void {
    const last = Math.min(streamSizeMax, offset + end - at);
    if (last <= offset) return;
    this.#grow(last);
    this.#bytes.set(bytes.subarray(at, at + last - offset), offset);
    this.#mark(offset, last);
  }

  /** Takes what has come in order since the last time; empty when nothing has. */
  take(): { start: number; end: number } {
    const end = this.inOrder;
    const start = Math.min(this.#taken, end);
    this.#taken = Math.max(this.#taken, end);
    return { start, end };
  }

  #grow(size: number): void {
    if (size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.min(streamSizeMax, Math.max(size, this.#bytes.length * 2)));
    grown.set(this.#bytes);
    this.#bytes = grown;
  }

  #mark(start: number, end: number): void {
    const ranges = this.#ranges;
    const last = ranges[ranges.length - 1];
    // Most bytes continue what is there.
    if (ranges.length === 0 || (last && start > last.end && ranges.length < rangeCountMax)) {
      ranges.push({ start, end });
      return;
    }
    if (last && start === last.end) {
      last.end = end;
      return;
    }
    const at = ranges.findIndex((range) => range.end >= start);
    const place = at < 0 ? ranges.length : at;
    const merged = { start, end };
    let count = 0;
    for (let next = ranges[place]; next && next.start <= end; next = ranges[place + ++count]) {
      merged.start = Math.min(merged.start, next.start);
      merged.end = Math.max(merged.end, next.end);
    }
    if (count === 0 && ranges.length >= rangeCountMax) return;
    ranges.splice(place, count, merged);
  }
}
