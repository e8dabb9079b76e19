import { longestZeros } from "./analysis/addresses.ts";

/** A piece is given away when it has so many bytes. */
const pieceSizeBytes = 262_144;
/** What may be written between two looks at `isFull`. */
const entrySizeBytesMax = 4_096;

/**
 * A text of ASCII that is written often, eight bytes at a time: as doubles, none of which is a NaN that might
 * become another, because no printable character is above 0x7e. What fills up the last one is written over.
 */
export interface PreparedText {
  words: Float64Array;
  length: number;
}

export function prepared(text: string): PreparedText {
  const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8);
  encoder.encodeInto(text, bytes);
  const view = new DataView(bytes.buffer);
  const words = Float64Array.from({ length: bytes.length / 8 }, (_, at) =>
    view.getFloat64(at * 8, true),
  );
  return { words, length: text.length };
}

/**
 * Writes JSON as bytes into one buffer that is used again. Whoever writes asks `isFull` after each entry and
 * gives away what `take` returns: nothing else has a bound here.
 */
export class JsonBytes {
  readonly #bytes = new Uint8Array(pieceSizeBytes + entrySizeBytesMax);
  readonly #view = new DataView(this.#bytes.buffer);
  readonly #groups = new Uint16Array(8);
  #length = 0;

  get isFull(): boolean {
    return this.#length >= pieceSizeBytes;
  }

  /** What was written since the last time; valid until something more is written. */
  take(): Uint8Array {
    const piece = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return piece;
  }

  text({ words, length }: PreparedText): void {
    const view = this.#view;
    const start = this.#length;
    for (let at = 0; at < words.length; at++) view.setFloat64(start + at * 8, words[at] ?? 0, true);
    this.#length = start + length;
  }

  /** A text of any length and any characters, in pieces where it needs them. */
  *anyText(text: string): Generator<Uint8Array> {
    let rest = text;
    while (rest.length > 0) {
      const { read, written } = encoder.encodeInto(rest, this.#bytes.subarray(this.#length));
      this.#length += written;
      rest = rest.slice(read);
      if (this.isFull) yield this.take();
    }
  }

  /** A number as JSON has it; whole ones that are not negative, as nearly all are, need no text. */
  number(value: number): void {
    if (value >= 0 && value < 100_000_000 && value === (value | 0)) this.#small(value | 0);
    else if (value >= 0 && Number.isSafeInteger(value)) this.#great(value);
    else this.ascii(String(value));
  }

  /** A short text. */
  ascii(text: string): void {
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  /** A time of `seconds`, at least 0, and `nanoseconds`, fewer than a second's, as one number of nanoseconds. */
  nanoseconds(seconds: number, nanoseconds: number): void {
    if (seconds === 0) {
      this.number(nanoseconds);
      return;
    }
    this.number(seconds);
    this.#bytes[this.#length++] = zero + ((nanoseconds / 100_000_000) | 0);
    this.#eightDigits((nanoseconds % 100_000_000) | 0);
  }

  /** Dotted decimals of an address's 32 bits. */
  ipv4(bits: number): void {
    this.#octet(bits >>> 24);
    this.#octet((bits >>> 16) & 255);
    this.#octet((bits >>> 8) & 255);
    this.#octet(bits & 255);
    // Without the dot after the last.
    this.#length--;
  }

  /** The address of these four words, as `ipv6Text` writes it. */
  ipv6(first: number, second: number, third: number, fourth: number): void {
    const groups = this.#groups;
    groups[0] = first >>> 16;
    groups[1] = first;
    groups[2] = second >>> 16;
    groups[3] = second;
    groups[4] = third >>> 16;
    groups[5] = third;
    groups[6] = fourth >>> 16;
    groups[7] = fourth;
    const { start, length } = longestZeros(groups);
    if (length < 2) {
      this.#hexGroups(0, 8);
      return;
    }
    const isIpv4 = start === 0 && (length === 6 || (length === 5 && groups[5] === 0xffff));
    this.#hexGroups(0, start);
    this.#bytes[this.#length++] = colon;
    this.#bytes[this.#length++] = colon;
    this.#hexGroups(start + length, isIpv4 ? 6 : 8);
    if (!isIpv4) return;
    if (length === 5) this.#bytes[this.#length++] = colon;
    this.ipv4(fourth);
  }

  #octet(value: number): void {
    this.#view.setInt32(this.#length, octetWords[value] ?? 0, true);
    this.#length += value < 10 ? 2 : value < 100 ? 3 : 4;
  }

  #hexGroups(from: number, to: number): void {
    for (let at = from; at < to; at++) {
      const group = this.#groups[at] ?? 0;
      if (at > from) this.#bytes[this.#length++] = colon;
      let shift = group < 16 ? 0 : group < 256 ? 4 : group < 4_096 ? 8 : 12;
      for (; shift >= 0; shift -= 4) {
        const digit = (group >>> shift) & 15;
        this.#bytes[this.#length++] = digit < 10 ? zero + digit : letterA + digit - 10;
      }
    }
  }

  /** Up to eight digits. */
  #small(value: number): void {
    const high = (value / 10_000) | 0;
    if (high === 0) {
      this.#firstDigits(value);
      return;
    }
    this.#firstDigits(high);
    this.#fourDigits(value - high * 10_000);
  }

  #great(value: number): void {
    let high = Math.floor(value / 100_000_000);
    let low = value - high * 100_000_000;
    // The quotient of a number near 2^53 may have been rounded up.
    if (low < 0) {
      high--;
      low += 100_000_000;
    }
    this.#small(high | 0);
    this.#eightDigits(low | 0);
  }

  #eightDigits(value: number): void {
    const high = (value / 10_000) | 0;
    this.#fourDigits(high);
    this.#fourDigits(value - high * 10_000);
  }

  #fourDigits(value: number): void {
    this.#view.setInt32(this.#length, digitWords[value] ?? 0, true);
    this.#length += 4;
  }

  /** Up to four digits, without zeros before them. */
  #firstDigits(value: number): void {
    const missing = value < 10 ? 3 : value < 100 ? 2 : value < 1_000 ? 1 : 0;
    this.#view.setInt32(this.#length, (digitWords[value] ?? 0) >>> (missing * 8), true);
    this.#length += 4 - missing;
  }
}

const encoder = new TextEncoder();
const zero = 0x30;
const letterA = 0x61;
const colon = 0x3a;
const dot = 0x2e;

/** The four digits of each number below 10,000, the first in the lowest byte. */
const digitWords = new Int32Array(10_000);
for (let value = 0; value < digitWords.length; value++) {
  const thousands = (value / 1_000) | 0;
  const hundreds = ((value / 100) | 0) % 10;
  const tens = ((value / 10) | 0) % 10;
  digitWords[value] =
    0x30303030 + thousands + (hundreds << 8) + (tens << 16) + ((value % 10) << 24);
}

/** Each octet in decimal with a dot behind it, the first digit in the lowest byte. */
const octetWords = new Int32Array(256);
for (let value = 0; value < octetWords.length; value++) {
  const missing = value < 10 ? 3 : value < 100 ? 2 : 1;
  octetWords[value] = ((digitWords[value] ?? 0) >>> (missing * 8)) | (dot << ((4 - missing) * 8));
}
