// DEFLATE (RFC 1951), with the wrappings of gzip (RFC 1952) and zlib (RFC 1950): a small decoder that stops at
// a bound, and that gives what it has when the data end early, because captures do; damaged data give nothing.

interface Huffman {
  /** Codes of each length, and symbols in the order of their codes. */
  counts: Uint16Array;
  symbols: Uint16Array;
}

const codeLengthMax = 15;
const lengthBase = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
];
const lengthExtra = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const distanceBase = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
  3073, 4097, 6145, 8193, 12_289, 16_385, 24_577,
];
const distanceExtra = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function huffmanOf(lengths: readonly number[]): Huffman {
  const counts = new Uint16Array(codeLengthMax + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  const offsets = new Uint16Array(codeLengthMax + 1);
  for (let length = 1; length < codeLengthMax; length++)
    offsets[length + 1] = (offsets[length] ?? 0) + (counts[length] ?? 0);
  const symbols = new Uint16Array(lengths.length);
  lengths.forEach((length, symbol) => {
    if (length === 0) return;
    symbols[offsets[length] ?? 0] = symbol;
    offsets[length] = (offsets[length] ?? 0) + 1;
  });
  counts[0] = 0;
  return { counts, symbols };
}

const fixedLiterals = huffmanOf(
  Array.from({ length: 288 }, (_, at) => (at < 144 ? 8 : at < 256 ? 9 : at < 280 ? 7 : 8)),
);
const fixedDistances = huffmanOf(Array.from({ length: 30 }, () => 5));

/** Bits from the bytes, lowest first; -1 when there are no more. */
class BitReader {
  /** Bits were asked for that are not there. */
  isExhausted = false;
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #bits = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  take(count: number): number {
    while (this.#count < count) {
      if (this.#at >= this.#end) {
        this.isExhausted = true;
        return -1;
      }
      this.#bits |= (this.#bytes[this.#at++] ?? 0) << this.#count;
      this.#count += 8;
    }
    const value = this.#bits & ((1 << count) - 1);
    this.#bits >>>= count;
    this.#count -= count;
    return value;
  }

  symbol({ counts, symbols }: Huffman): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= codeLengthMax; length++) {
      const bit = this.take(1);
      if (bit < 0) return -1;
      code |= bit;
      const count = counts[length] ?? 0;
      if (code - count < first) return symbols[index + code - first] ?? -1;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return -1;
  }

  /** Where the next whole byte lies; what is left of the last one is dropped. */
  toByte(): number {
    this.#bits = 0;
    this.#count = 0;
    return this.#at;
  }

  skip(count: number): void {
    this.#at += count;
  }
}

class Output {
  bytes = new Uint8Array(1_024);
  length = 0;
  readonly sizeMax: number;

  constructor(sizeMax: number) {
    this.sizeMax = sizeMax;
  }

  get isFull(): boolean {
    return this.length >= this.sizeMax;
  }

  add(byte: number): void {
    if (this.length === this.bytes.length) {
      const grown = new Uint8Array(this.bytes.length * 2);
      grown.set(this.bytes);
      this.bytes = grown;
    }
    this.bytes[this.length++] = byte;
  }
}

/**
 * Undoes `gzip` or `deflate` of the bytes from `at` to `end`, at most to `sizeMax` bytes; null when not one
 * byte comes out. Which wrapping there is, the data tell.
 */
export function inflate(
  bytes: Uint8Array,
  at: number,
  end: number,
  sizeMax: number,
): Uint8Array | null {
  const isGzip = bytes[at] === 0x1f && bytes[at + 1] === 0x8b && at + 10 <= end;
  const isZlib = isZlibHeader(bytes, at, end);
  const from = isGzip ? gzipHeaderEnd(bytes, at, end) : isZlib ? at + 2 : at;
  const output = new Output(sizeMax);
  const isGood = inflateBlocks(new BitReader(bytes, from, end), { bytes, end, output });
  if (isGood) return output.length === 0 ? null : output.bytes.subarray(0, output.length);
  if (!isZlib || output.length > 0) return null;
  const isGoodBare = inflateBlocks(new BitReader(bytes, at, end), { bytes, end, output });
  return isGoodBare && output.length > 0 ? output.bytes.subarray(0, output.length) : null;
}

function isZlibHeader(bytes: Uint8Array, at: number, end: number): boolean {
  const method = bytes[at] ?? 0;
  return at + 2 <= end && (method & 15) === 8 && ((method << 8) | (bytes[at + 1] ?? 0)) % 31 === 0;
}

function gzipHeaderEnd(bytes: Uint8Array, start: number, end: number): number {
  const flags = bytes[start + 3] ?? 0;
  let at = start + 10;
  if (flags & 4) at += 2 + (bytes[at] ?? 0) + ((bytes[at + 1] ?? 0) << 8);
  for (const flag of [8, 16]) {
    if (!(flags & flag)) continue;
    while (at < end && bytes[at] !== 0) at++;
    at++;
  }
  return flags & 2 ? at + 2 : at;
}

interface Work {
  bytes: Uint8Array;
  end: number;
  output: Output;
}

/** False when the data are damaged; those that only end early are not. */
function inflateBlocks(reader: BitReader, work: Work): boolean {
  for (let isLast = 0; isLast === 0 && !work.output.isFull;) {
    isLast = reader.take(1);
    const kind = reader.take(2);
    if (isLast < 0 || kind < 0 || kind === 3) return reader.isExhausted;
    const isGood =
      kind === 0
        ? copyStored(reader, work)
        : kind === 1
          ? inflateBlock(reader, work.output, fixedLiterals, fixedDistances)
          : inflateDynamic(reader, work.output);
    if (!isGood) return reader.isExhausted;
  }
  return true;
}

function copyStored(reader: BitReader, { bytes, end, output }: Work): boolean {
  const at = reader.toByte();
  if (at + 4 > end) {
    reader.isExhausted = true;
    return false;
  }
  const size = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  const check = (bytes[at + 2] ?? 0) | ((bytes[at + 3] ?? 0) << 8);
  if (size !== (check ^ 0xffff)) return false;
  const until = Math.min(end, at + 4 + size);
  for (let index = at + 4; index < until && !output.isFull; index++) output.add(bytes[index] ?? 0);
  reader.skip(4 + size);
  if (until < at + 4 + size) reader.isExhausted = true;
  return until === at + 4 + size;
}

function inflateBlock(
  reader: BitReader,
  output: Output,
  literals: Huffman,
  distances: Huffman,
): boolean {
  while (!output.isFull) {
    const symbol = reader.symbol(literals);
    if (symbol < 0) return false;
    if (symbol < 256) output.add(symbol);
    else if (symbol === 256) return true;
    else if (!copyMatch(reader, output, symbol - 257, distances)) return false;
  }
  return true;
}

function copyMatch(reader: BitReader, output: Output, index: number, distances: Huffman): boolean {
  const base = lengthBase[index];
  const extra = reader.take(lengthExtra[index] ?? 0);
  if (base === undefined || extra < 0) return false;
  const code = reader.symbol(distances);
  const distanceFrom = distanceBase[code];
  if (code < 0 || distanceFrom === undefined) return false;
  const distanceMore = reader.take(distanceExtra[code] ?? 0);
  const distance = distanceFrom + distanceMore;
  if (distanceMore < 0 || distance > output.length) return false;
  for (let count = base + extra; count > 0 && !output.isFull; count--)
    output.add(output.bytes[output.length - distance] ?? 0);
  return true;
}

function inflateDynamic(reader: BitReader, output: Output): boolean {
  const literalCount = reader.take(5) + 257;
  const distanceCount = reader.take(5) + 1;
  const codeCount = reader.take(4) + 4;
  if (codeCount < 4 || literalCount > 286) return false;
  const codeLengths = Array.from({ length: 19 }, () => 0);
  for (let index = 0; index < codeCount; index++) {
    const length = reader.take(3);
    if (length < 0) return false;
    codeLengths[codeLengthOrder[index] ?? 0] = length;
  }
  const lengths = readLengths(reader, huffmanOf(codeLengths), literalCount + distanceCount);
  if (lengths === null) return false;
  return inflateBlock(
    reader,
    output,
    huffmanOf(lengths.slice(0, literalCount)),
    huffmanOf(lengths.slice(literalCount)),
  );
}

/** Code lengths, themselves coded: 16 repeats the last, 17 and 18 repeat zero. */
function readLengths(reader: BitReader, codes: Huffman, count: number): number[] | null {
  const lengths: number[] = [];
  while (lengths.length < count) {
    const symbol = reader.symbol(codes);
    if (symbol < 0) return null;
    if (symbol < 16) {
      lengths.push(symbol);
      continue;
    }
    const more = reader.take(symbol === 16 ? 2 : symbol === 17 ? 3 : 7);
    if (more < 0 || (symbol === 16 && lengths.length === 0)) return null;
    const value = symbol === 16 ? (lengths.at(-1) ?? 0) : 0;
    for (let times = more + (symbol === 18 ? 11 : 3); times > 0 && lengths.length < count; times--)
      lengths.push(value);
  }
  return lengths;
}
