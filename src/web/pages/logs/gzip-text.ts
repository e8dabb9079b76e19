// Texts of links, compressed where they are long: at once, because a link is needed while the page is drawn.
import { crc32 } from "../../../inspection/deflate/crc32.ts";
import { inflateBody } from "../../../inspection/deflate/inflate-body.ts";
import {
  distanceBases,
  distanceExtraBits,
  lengthBases,
  lengthExtraBits,
  matchSizeMax,
} from "../../../inspection/deflate/symbols.ts";

/** Deflate, no flags, no time, unknown system (RFC 1952, 2.3). */
const header = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
const trailerSizeBytes = 8;
const matchSizeMin = 3;
const windowSizeBytes = 32_768;
const endOfBlock = 256;

/** A gzip member (RFC 1952) in one block of fixed codes (RFC 1951, 3.2.6). */
export function gzipText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const bits = new BitWriter();
  bits.put(0b011, 3); // the last block, with fixed codes
  writeMatches(bytes, bits);
  putLiteral(bits, endOfBlock);
  const data = bits.finish();
  const whole = new Uint8Array(header.length + data.length + trailerSizeBytes);
  whole.set(header);
  whole.set(data, header.length);
  const trailer = new DataView(whole.buffer, header.length + data.length);
  trailer.setUint32(0, crc32(bytes, 0), true);
  trailer.setUint32(4, bytes.length, true);
  return whole;
}

/** The text of a gzip member; null for what is none, or is longer than `sizeBytesMax`. */
export function gunzipText(member: Uint8Array, sizeBytesMax: number): string | null {
  const bytes = inflateBody(member, sizeBytesMax + 1);
  if (!bytes || bytes.length > sizeBytesMax) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Each place where three bytes were seen last is tried, and no other. */
function writeMatches(bytes: Uint8Array, bits: BitWriter): void {
  const seen = new Map<number, number>();
  for (let at = 0; at < bytes.length;) {
    const key = keyAt(bytes, at);
    const before = seen.get(key);
    seen.set(key, at);
    const size = before === undefined ? 0 : matchSize(bytes, before, at);
    if (before === undefined || size < matchSizeMin || at - before > windowSizeBytes) {
      putLiteral(bits, bytes[at] ?? 0);
      at++;
      continue;
    }
    putMatch(bits, size, at - before);
    for (let inside = at + 1; inside < at + size; inside++) seen.set(keyAt(bytes, inside), inside);
    at += size;
  }
}

const keyAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);

function matchSize(bytes: Uint8Array, before: number, at: number): number {
  const most = Math.min(matchSizeMax, bytes.length - at);
  let size = 0;
  while (size < most && bytes[before + size] === bytes[at + size]) size++;
  return size;
}

/** Codes of a length by the first symbol that has it. */
function putLiteral(bits: BitWriter, symbol: number): void {
  if (symbol < 144) bits.putCode(0x30 + symbol, 8);
  else if (symbol < 256) bits.putCode(0x190 + symbol - 144, 9);
  else if (symbol < 280) bits.putCode(symbol - 256, 7);
  else bits.putCode(0xc0 + symbol - 280, 8);
}

function putMatch(bits: BitWriter, size: number, distance: number): void {
  const length = lengthBases.findLastIndex((base) => base <= size);
  putLiteral(bits, 257 + length);
  bits.put(size - (lengthBases[length] ?? 0), lengthExtraBits[length] ?? 0);
  const code = distanceBases.findLastIndex((base) => base <= distance);
  bits.putCode(code, 5);
  bits.put(distance - (distanceBases[code] ?? 0), distanceExtraBits[code] ?? 0);
}

class BitWriter {
  readonly #bytes: number[] = [];
  #bits = 0;
  #count = 0;

  /** The lowest bit first. */
  put(value: number, count: number): void {
    this.#bits |= value << this.#count;
    this.#count += count;
    for (; this.#count >= 8; this.#count -= 8) {
      this.#bytes.push(this.#bits & 0xff);
      this.#bits >>>= 8;
    }
  }

  /** A Huffman code: the highest bit first. */
  putCode(code: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) this.put((code >> bit) & 1, 1);
  }

  finish(): Uint8Array {
    if (this.#count > 0) this.#bytes.push(this.#bits & 0xff);
    return Uint8Array.from(this.#bytes);
  }
}
