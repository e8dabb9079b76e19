import { codeLengthMax, huffmanTable, longEntry, type HuffmanTable } from "./huffman.ts";
import {
  codeOrder,
  distanceBases,
  distanceCountMax,
  distanceExtraBits,
  fixedDistances,
  fixedLiterals,
  lengthBases,
  lengthExtraBits,
  literalCountMax,
  matchSizeMax,
} from "./symbols.ts";

const windowSizeBytes = 32_768;
const pageSizeBytes = 262_144;
const outputSizeMax = windowSizeBytes + pageSizeBytes;
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
  /** The data are not damaged, they only end early. */
  isCut = false;
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  #isLastInput = false;
  #hold = 0;
  #bits = 0;
  readonly #output = new Uint8Array(outputSizeMax + matchSizeMax);
  #outputAt = 0;
  /** Where output stops for now; a match may reach beyond. */
  #full = outputSizeMax;
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

  /** Begins anew with other data, which is all there. */
  begin(data: Uint8Array): void {
    this.problem = "";
    this.isCut = false;
    this.#input = data;
    this.#at = 0;
    this.#isLastInput = true;
    this.#hold = 0;
    this.#bits = 0;
    this.#outputAt = 0;
    this.#taken = 0;
    this.reset();
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
    if (this.#outputAt >= outputSizeMax) {
      this.#output.copyWithin(0, this.#outputAt - windowSizeBytes, this.#outputAt);
      this.#outputAt = windowSizeBytes;
    }
    this.#taken = this.#outputAt;
    return page;
  }

  /** Goes on until about `sizeMax` bytes more came out, or a page is full. */
  run(sizeMax = outputSizeMax): InflateState {
    this.#full = Math.min(outputSizeMax, this.#outputAt + sizeMax);
    for (;;) {
      if (this.#outputAt >= this.#full) return inflateState.pageIsFull;
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
    // Bits that the input does not have are zeros: what they say is no damage.
    if (this.#isOverrun) return this.#failCut("inside a block");
    this.problem = problem;
    return inflateState.broken;
  }

  #failCut(where: string): InflateState {
    this.isCut = true;
    this.problem = `it ends ${where}`;
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
    if (this.#isOverrun) return this.#failCut("before its last block");
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
    if (this.#isOverrun) return this.#failCut("inside a block");
    if (size !== (~inverse & 0xffff)) return this.#fail("a stored block whose two lengths differ");
    this.#storedLeft = size;
    this.#phase = phase.stored;
    return null;
  }

  #copyStored(): InflateState | null {
    this.#byteAlign();
    const room = this.#full - this.#outputAt;
    const size = Math.min(this.#storedLeft, room, this.#input.length - this.#at);
    this.#output.set(this.#input.subarray(this.#at, this.#at + size), this.#outputAt);
    this.#at += size;
    this.#outputAt += size;
    this.#history += size;
    this.#storedLeft -= size;
    if (this.#storedLeft === 0) this.#phase = phase.blockHeader;
    else if (size < room)
      return this.#isLastInput ? this.#failCut("inside a block") : inflateState.needsInput;
    return null;
  }

  /** RFC 1951, 3.2.7. */
  #readTables(): InflateState | null {
    const literalCount = this.#read(5) + 257;
    const distanceCount = this.#read(5) + 1;
    const lengthCount = this.#read(4) + 4;
    if (literalCount > literalCountMax || distanceCount > distanceCountMax)
      return this.#fail("codes that cannot be");
    const codeLengths = new Uint8Array(codeOrder.length);
    for (let at = 0; at < lengthCount; at++) codeLengths[codeOrder[at] ?? 0] = this.#read(3);
    const codes = huffmanTable(codeLengths);
    const lengths = codes && this.#readLengths(codes, literalCount + distanceCount);
    if (this.#isOverrun) return this.#failCut("inside a block");
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

  #symbol(table: HuffmanTable): number {
    this.#need(codeLengthMax);
    const mask = (1 << table.bits) - 1;
    const entry = table.entries[this.#hold & mask] || longEntry(table, this.#hold);
    if (entry === 0) return -1;
    this.#hold >>>= entry & 15;
    this.#bits -= entry & 15;
    return entry >> 4;
  }

  /** Symbols while input is plenty, in local variables; what is special is left to `#readCodes`. */
  #readManyCodes(): void {
    const input = this.#input;
    const output = this.#output;
    const literalTable = this.#literals;
    const distanceTable = this.#distances;
    const literals = literalTable.entries;
    const distances = distanceTable.entries;
    const literalMask = (1 << literalTable.bits) - 1;
    const distanceMask = (1 << distanceTable.bits) - 1;
    const inputEnd = input.length - 2 * symbolSizeMax;
    const full = this.#full;
    const start = this.#outputAt - this.#history;
    let at = this.#at;
    let hold = this.#hold;
    let bits = this.#bits;
    let to = this.#outputAt;
    while (at < inputEnd && to < full) {
      for (; bits < codeLengthMax; bits += 8) hold |= (input[at++] ?? 0) << bits;
      const entry = literals[hold & literalMask] || longEntry(literalTable, hold);
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
      const distanceEntry = distances[left & distanceMask] || longEntry(distanceTable, left);
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
    const full = this.#full;
    while (this.#outputAt < full) {
      this.#readManyCodes();
      if (this.#outputAt >= full) return null;
      if (this.#lacks(symbolSizeMax)) return inflateState.needsInput;
      const symbol = this.#symbol(this.#literals);
      if (this.#isLastInput && this.#isOverrun) return this.#failCut("inside a block");
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
    if (this.#isOverrun) return "it ends inside a block";
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
