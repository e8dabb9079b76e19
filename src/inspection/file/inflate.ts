import { codeLengthMax, huffmanTable, type HuffmanTable } from "./huffman.ts";

const windowSizeBytes = 32_768;
const pageSizeBytes = 262_144;
const matchSizeMax = 258;
/** Bits of the longest symbol with its distance and their extra bits, as bytes, rounded up. */
const symbolSizeMax = 8;
/** Bytes of the longest description of codes: 17 + 19 * 3 + 320 * 14 bits. */
const codesSizeMax = 640;

/** What `run` came to: more input is needed, a page is full, the data ended, or `problem` says why not. */
export const inflateState = { needsInput: 0, pageIsFull: 1, ended: 2, broken: 3 } as const;
export type InflateState = (typeof inflateState)[keyof typeof inflateState];

const phase = { blockHeader: 0, stored: 1, codes: 2 } as const;

/**
 * Decompresses deflate (RFC 1951) piece by piece. Unlike the platform's own it gives everything up to
 * where the data is cut or damaged, and says where it ended, so that members can follow each other.
 */
export class Inflate {
  /** Why the data cannot be read on. */
  problem = "";
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #isLastInput = false;
  #hold = 0;
  #bits = 0;
  readonly #output = new Uint8Array(windowSizeBytes + pageSizeBytes + matchSizeMax);
  #outputAt = 0;
  #taken = 0;
  /** Bytes that may be copied from: at most a window. */
  #history = 0;
  #phase: number = phase.blockHeader;
  #isLastBlock = false;
  #storedLeft = 0;
  #literals: HuffmanTable = fixedLiterals;
  #distances: HuffmanTable = fixedDistances;

  /** Takes the next bytes; `isLast` when no more will come. */
  push(bytes: Uint8Array, isLast: boolean): void {
    this.#giveBack();
    this.#input = joined(this.#input.subarray(this.#at), bytes);
    this.#at = 0;
    this.#isLastInput = isLast;
  }

  /** Begins other data where this has ended. */
  reset(): void {
    this.#phase = phase.blockHeader;
    this.#isLastBlock = false;
    this.#history = 0;
  }

  /** Input that lies behind the data, once it has ended. */
  get rest(): Uint8Array {
    return this.#input.subarray(this.#at);
  }

  /** Passes over bytes of `rest`. */
  skip(sizeBytes: number): void {
    this.#at = Math.min(this.#input.length, this.#at + sizeBytes);
  }

  /** What came out since the last call; a copy. */
  take(): Uint8Array {
    const page = this.#output.slice(this.#taken, this.#outputAt);
    if (this.#outputAt >= windowSizeBytes + pageSizeBytes) {
      this.#output.copyWithin(0, this.#outputAt - windowSizeBytes, this.#outputAt);
      this.#outputAt = windowSizeBytes;
    }
    this.#taken = this.#outputAt;
    return page;
  }

  run(): InflateState {
    for (;;) {
      if (this.#outputAt >= windowSizeBytes + pageSizeBytes) return inflateState.pageIsFull;
      if (this.#phase === phase.blockHeader && this.#isLastBlock) return this.#end();
      const state = this.#step();
      if (state !== null) return state;
    }
  }

  /** Null when the phase is done. */
  #step(): InflateState | null {
    switch (this.#phase) {
      case phase.blockHeader:
        return this.#readBlockHeader();
      case phase.stored:
        return this.#copyStored();
      default:
        return this.#readCodes();
    }
  }

  #end(): InflateState {
    this.#byteAlign();
    return inflateState.ended;
  }

  #byteAlign(): void {
    this.#giveBack();
    this.#hold = 0;
    this.#bits = 0;
  }

  /** Whole bytes that were read ahead go back. */
  #giveBack(): void {
    this.#at -= this.#bits >> 3;
    this.#bits &= 7;
    this.#hold &= (1 << this.#bits) - 1;
  }

  #fail(problem: string): InflateState {
    this.problem = problem;
    return inflateState.broken;
  }

  #need(bits: number): void {
    while (this.#bits < bits) {
      this.#hold |= (this.#input[this.#at++] ?? 0) << this.#bits;
      this.#bits += 8;
    }
  }

  #read(bits: number): number {
    this.#need(bits);
    const value = this.#hold & ((1 << bits) - 1);
    this.#hold >>>= bits;
    this.#bits -= bits;
    return value;
  }

  /** True when bits were read that the input does not have. */
  get #isOverrun(): boolean {
    return this.#at - (this.#bits >> 3) > this.#input.length;
  }

  #lacks(sizeBytes: number): boolean {
    return !this.#isLastInput && this.#input.length - this.#at < sizeBytes;
  }

  #readBlockHeader(): InflateState | null {
    if (this.#lacks(codesSizeMax)) return inflateState.needsInput;
    const isLast = this.#read(1) === 1;
    const type = this.#read(2);
    if (this.#isOverrun) return this.#fail("it ends before its last block");
    this.#isLastBlock = isLast;
    if (type === 0) return this.#startStored();
    if (type === 3) return this.#fail("a block of an unknown kind");
    this.#literals = fixedLiterals;
    this.#distances = fixedDistances;
    this.#phase = phase.codes;
    return type === 2 ? this.#readTables() : null;
  }

  #startStored(): InflateState | null {
    this.#byteAlign();
    const size = this.#read(16);
    const inverse = this.#read(16);
    if (this.#isOverrun) return this.#fail("it ends inside a block");
    if (size !== (~inverse & 0xffff)) return this.#fail("a stored block whose two lengths differ");
    this.#storedLeft = size;
    this.#phase = phase.stored;
    return null;
  }

  #copyStored(): InflateState | null {
    this.#byteAlign();
    const room = this.#output.length - this.#outputAt;
    const size = Math.min(this.#storedLeft, room, this.#input.length - this.#at);
    this.#output.set(this.#input.subarray(this.#at, this.#at + size), this.#outputAt);
    this.#at += size;
    this.#outputAt += size;
    this.#history += size;
    this.#storedLeft -= size;
    if (this.#storedLeft === 0) this.#phase = phase.blockHeader;
    else if (size < room)
      return this.#isLastInput ? this.#fail("it ends inside a block") : inflateState.needsInput;
    return null;
  }

  /** RFC 1951, 3.2.7. */
  #readTables(): InflateState | null {
    const literalCount = this.#read(5) + 257;
    const distanceCount = this.#read(5) + 1;
    const lengthCount = this.#read(4) + 4;
    const codeLengths = new Uint8Array(19);
    for (let at = 0; at < lengthCount; at++) codeLengths[codeOrder[at] ?? 0] = this.#read(3);
    const codes = huffmanTable(codeLengths);
    const lengths = codes && this.#readLengths(codes, literalCount + distanceCount);
    if (this.#isOverrun) return this.#fail("it ends inside a block");
    const literals = lengths && huffmanTable(lengths.subarray(0, literalCount));
    const distances = lengths && huffmanTable(lengths.subarray(literalCount));
    if (!literals || !distances) return this.#fail("codes that cannot be");
    this.#literals = literals;
    this.#distances = distances;
    return null;
  }

  #readLengths(codes: HuffmanTable, count: number): Uint8Array | null {
    const lengths = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const symbol = this.#symbol(codes);
      if (symbol < 0) return null;
      if (symbol < 16) {
        lengths[at++] = symbol;
        continue;
      }
      const previous = symbol === 16 ? lengths[at - 1] : 0;
      const times =
        symbol === 16 ? 3 + this.#read(2) : symbol === 17 ? 3 + this.#read(3) : 11 + this.#read(7);
      if (previous === undefined || at + times > count) return null;
      lengths.fill(previous, at, at + times);
      at += times;
    }
    return lengths;
  }

  #symbol({ entries, bits }: HuffmanTable): number {
    this.#need(codeLengthMax);
    const entry = entries[this.#hold & ((1 << bits) - 1)] ?? 0;
    if (entry === 0) return -1;
    this.#hold >>>= entry & 15;
    this.#bits -= entry & 15;
    return entry >> 4;
  }

  /** Symbols while input is plenty, in local variables; what is special is left to `#readCodes`. */
  #readManyCodes(): void {
    const input = this.#input;
    const output = this.#output;
    const { entries: literals, bits: literalBits } = this.#literals;
    const { entries: distances, bits: distanceBits } = this.#distances;
    const literalMask = (1 << literalBits) - 1;
    const distanceMask = (1 << distanceBits) - 1;
    const inputEnd = input.length - 2 * symbolSizeMax;
    const full = windowSizeBytes + pageSizeBytes;
    const start = this.#outputAt - this.#history;
    let at = this.#at;
    let hold = this.#hold;
    let bits = this.#bits;
    let to = this.#outputAt;
    while (at < inputEnd && to < full) {
      for (; bits < codeLengthMax; bits += 8) hold |= (input[at++] ?? 0) << bits;
      const entry = literals[hold & literalMask] ?? 0;
      const symbol = entry >> 4;
      if (entry === 0 || symbol === 256) break;
      if (symbol < 256) {
        hold >>>= entry & 15;
        bits -= entry & 15;
        output[to++] = symbol;
        continue;
      }
      // A match is read in copies of the state, so that one which cannot be is left to be told.
      let left = hold >>> (entry & 15);
      let leftBits = bits - (entry & 15);
      let next = at;
      for (; leftBits < 20; leftBits += 8) left |= (input[next++] ?? 0) << leftBits;
      const lengthExtra = lengthExtraBits[symbol - 257] ?? 0;
      const length = (lengthBases[symbol - 257] ?? 0) + (left & ((1 << lengthExtra) - 1));
      left >>>= lengthExtra;
      leftBits -= lengthExtra;
      const distanceEntry = distances[left & distanceMask] ?? 0;
      left >>>= distanceEntry & 15;
      leftBits -= distanceEntry & 15;
      const distanceExtra = distanceExtraBits[distanceEntry >> 4] ?? 0;
      for (; leftBits < distanceExtra; leftBits += 8) left |= (input[next++] ?? 0) << leftBits;
      const distance =
        (distanceBases[distanceEntry >> 4] ?? 0) + (left & ((1 << distanceExtra) - 1));
      const isNone = distanceEntry === 0 || symbol > 285 || distanceEntry >> 4 > 29;
      if (isNone || distance > to - start) break;
      hold = left >>> distanceExtra;
      bits = leftBits - distanceExtra;
      at = next;
      for (const end = to + length; to < end; to++) output[to] = output[to - distance] ?? 0;
    }
    this.#history += to - this.#outputAt;
    this.#at = at;
    this.#hold = hold;
    this.#bits = bits;
    this.#outputAt = to;
  }

  #readCodes(): InflateState | null {
    const full = windowSizeBytes + pageSizeBytes;
    while (this.#outputAt < full) {
      this.#readManyCodes();
      if (this.#outputAt >= full) return null;
      if (this.#lacks(symbolSizeMax)) return inflateState.needsInput;
      const symbol = this.#symbol(this.#literals);
      if (this.#isLastInput && this.#isOverrun) return this.#fail("it ends inside a block");
      if (symbol < 0) return this.#fail("a code that is none");
      if (symbol < 256) {
        this.#output[this.#outputAt++] = symbol;
        this.#history++;
      } else if (symbol === 256) {
        this.#phase = phase.blockHeader;
        return null;
      } else {
        const problem = this.#copyMatch(symbol - 257);
        if (problem !== null) return this.#fail(problem);
      }
    }
    return null;
  }

  #copyMatch(lengthCode: number): string | null {
    const base = lengthBases[lengthCode];
    if (base === undefined) return "a length that is none";
    const length = base + this.#read(lengthExtraBits[lengthCode] ?? 0);
    const distanceCode = this.#symbol(this.#distances);
    const distanceBase = distanceBases[distanceCode];
    if (distanceBase === undefined) return "a distance that is none";
    const distance = distanceBase + this.#read(distanceExtraBits[distanceCode] ?? 0);
    if (this.#isLastInput && this.#isOverrun) return "it ends inside a block";
    if (distance > this.#history) return "a distance that reaches before the beginning";
    const output = this.#output;
    const to = this.#outputAt;
    if (distance >= length) output.copyWithin(to, to - distance, to - distance + length);
    else for (let at = to; at < to + length; at++) output[at] = output[at - distance] ?? 0;
    this.#outputAt = to + length;
    this.#history += length;
    return null;
  }
}

function joined(rest: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (rest.length === 0) return bytes;
  const both = new Uint8Array(rest.length + bytes.length);
  both.set(rest);
  both.set(bytes, rest.length);
  return both;
}

/** RFC 1951, 3.2.5 to 3.2.7. */
const codeOrder: readonly number[] = [
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];
const lengthExtraBits = Uint8Array.of(
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  1,
  1,
  1,
  1,
  2,
  2,
  2,
  2,
  3,
  3,
  3,
  3,
  4,
  4,
  4,
  4,
  5,
  5,
  5,
  5,
  0,
);
const distanceExtraBits = Uint8Array.of(
  0,
  0,
  0,
  0,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  5,
  6,
  6,
  7,
  7,
  8,
  8,
  9,
  9,
  10,
  10,
  11,
  11,
  12,
  12,
  13,
  13,
);
const lengthBases = Uint16Array.of(...bases(lengthExtraBits.subarray(0, 28), 3), matchSizeMax);
const distanceBases = bases(distanceExtraBits, 1);

function bases(extraBits: Uint8Array, first: number): Uint16Array {
  let next = first;
  return Uint16Array.from(extraBits, (bits) => {
    const base = next;
    next += 1 << bits;
    return base;
  });
}

const fixedLiterals = tableOf([
  [144, 8],
  [112, 9],
  [24, 7],
  [8, 8],
]);
const fixedDistances = tableOf([[30, 5]]);

function tableOf(runs: readonly (readonly [number, number])[]): HuffmanTable {
  const lengths = Uint8Array.from(runs.flatMap(([count, bits]) => Array<number>(count).fill(bits)));
  return huffmanTable(lengths) ?? { entries: new Uint16Array(2), bits: 1 };
}
