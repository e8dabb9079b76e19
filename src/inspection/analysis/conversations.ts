import type { Conversation, EndpointCount } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import { EndpointSums } from "./endpoint-sums.ts";
import { type JsonBytes, prepared } from "../json-bytes.ts";
import { KeyTable } from "./key-table.ts";

const conversationCountMax = 2_000_000;
/** framesAToB, bytesAToB, framesBToA, bytesBToA, first frame. */
const columns = 5;
const firstFrameColumn = 4;
/** Above every index; with twice the number of a frame before it, below 2^53. */
const indexRange = 2 ** 21;

const key = {
  a: prepared('{"a":"'),
  nextA: prepared(',{"a":"'),
  b: prepared('","b":"'),
  framesAToB: prepared('","framesAToB":'),
  bytesAToB: prepared(',"bytesAToB":'),
  framesBToA: prepared(',"framesBToA":'),
  bytesBToA: prepared(',"bytesBToA":'),
  end: prepared("}"),
};

/** Frames and bytes of one direction, from the first of these frames on; negative ones take back. */
export interface DirectedCount {
  frames: number;
  bytes: number;
  firstFrame: number;
}

/** Frames and bytes of both directions of a flow. */
export interface FlowCounts {
  fromA: { frames: number; bytes: number };
  fromB: { frames: number; bytes: number };
  firstFrame: number;
}

/** Frames and bytes between pairs of addresses, by direction; `a` is the sender of the first frame. */
export class Conversations {
  readonly #table = new KeyTable(2, conversationCountMax);
  #counts = new Float64Array(columns * 512);
  /** 1 where the higher number sent the first frame. */
  #reversed = new Uint8Array(512);

  get overflow(): number {
    return this.#table.overflow;
  }

  /** Makes room for so many pairs beyond those that are there. */
  reserve(count: number): void {
    this.#table.reserve(count);
  }

  /** Counts frames of one direction. */
  add(source: number, destination: number, { frames, bytes, firstFrame }: DirectedCount): void {
    const at = this.#open(source, destination, firstFrame);
    if (at >= 0) this.#count(at, source <= destination, frames, bytes);
  }

  /** Counts the frames of a flow, whose ends find their pair once for both directions. */
  addFlow(a: number, b: number, { fromA, fromB, firstFrame }: FlowCounts): void {
    const at = fromA.frames > 0 ? this.#open(a, b, firstFrame) : this.#open(b, a, firstFrame + 0.5);
    if (at < 0) {
      // Either direction counts as refused.
      if (fromA.frames > 0 && fromB.frames > 0) this.#open(b, a, firstFrame);
      return;
    }
    this.#count(at, a <= b, fromA.frames, fromA.bytes);
    this.#count(at, b <= a, fromB.frames, fromB.bytes);
  }

  /** Where the pair's counts begin, -1 when there are too many; notes which frame was the first. */
  #open(source: number, destination: number, firstFrame: number): number {
    const forward = source <= destination;
    this.#table.key[0] = forward ? source : destination;
    this.#table.key[1] = forward ? destination : source;
    const known = this.#table.count;
    const index = this.#table.findOrAdd();
    if (index < 0) return -1;
    if (index >= this.#reversed.length) this.#grow();
    const at = index * columns;
    if (index === known || firstFrame < (this.#counts[at + firstFrameColumn] ?? 0)) {
      this.#counts[at + firstFrameColumn] = firstFrame;
      this.#reversed[index] = forward ? 0 : 1;
    }
    return at;
  }

  /** Columns are by the order of the key; the result turns them. */
  #count(at: number, forward: boolean, frames: number, bytes: number): void {
    const side = at + (forward ? 0 : 2);
    this.#counts[side] = (this.#counts[side] ?? 0) + frames;
    this.#counts[side + 1] = (this.#counts[side + 1] ?? 0) + bytes;
  }

  /** In the order of their first frames. */
  *entries(addresses: Addresses): Generator<Conversation> {
    for (const index of this.#order()) yield this.#conversation(index, addresses);
  }

  /** Writes the same as JSON.stringify of each entry. */
  *json(addresses: Addresses, out: JsonBytes): Generator<Uint8Array> {
    let a = key.a;
    for (const index of this.#order()) {
      const reversed = this.#reversed[index] === 1;
      const at = index * columns;
      const fromA = at + (reversed ? 2 : 0);
      const fromB = at + (reversed ? 0 : 2);
      out.text(a);
      addresses.write(this.#table.word(index, reversed ? 1 : 0), out);
      out.text(key.b);
      addresses.write(this.#table.word(index, reversed ? 0 : 1), out);
      out.text(key.framesAToB);
      out.number(this.#counts[fromA] ?? 0);
      out.text(key.bytesAToB);
      out.number(this.#counts[fromA + 1] ?? 0);
      out.text(key.framesBToA);
      out.number(this.#counts[fromB] ?? 0);
      out.text(key.bytesBToA);
      out.number(this.#counts[fromB + 1] ?? 0);
      out.text(key.end);
      a = key.nextA;
      if (out.isFull) yield out.take();
    }
  }

  /** Numbers of the pairs that have frames, by their first frame. */
  #order(): Uint32Array {
    const counts = this.#counts;
    const order = new Float64Array(this.#table.count);
    let length = 0;
    for (let index = 0; index < order.length; index++) {
      const at = index * columns;
      if ((counts[at] ?? 0) + (counts[at + 2] ?? 0) <= 0) continue;
      // First frames are whole or halves. Numbers are sorted at a tenth of what comparisons cost.
      order[length++] = 2 * (counts[at + firstFrameColumn] ?? 0) * indexRange + index;
    }
    return Uint32Array.from(order.subarray(0, length).sort(), (rank) => rank % indexRange);
  }

  /** What each address sent and received, those with most bytes first. */
  endpoints(addresses: Addresses): EndpointCount[] {
    const sums = new EndpointSums(addresses.count);
    for (let index = 0; index < this.#table.count; index++) {
      const at = index * columns;
      const low = this.#table.word(index, 0);
      const high = this.#table.word(index, 1);
      sums.add(low, high, this.#counts[at] ?? 0, this.#counts[at + 1] ?? 0);
      sums.add(high, low, this.#counts[at + 2] ?? 0, this.#counts[at + 3] ?? 0);
    }
    return sums.result(addresses);
  }

  #conversation(index: number, addresses: Addresses): Conversation {
    const reversed = this.#reversed[index] === 1;
    const low = addresses.text(this.#table.word(index, 0));
    const high = addresses.text(this.#table.word(index, 1));
    const at = index * columns;
    const fromA = at + (reversed ? 2 : 0);
    const fromB = at + (reversed ? 0 : 2);
    return {
      a: reversed ? high : low,
      b: reversed ? low : high,
      framesAToB: this.#counts[fromA] ?? 0,
      bytesAToB: this.#counts[fromA + 1] ?? 0,
      framesBToA: this.#counts[fromB] ?? 0,
      bytesBToA: this.#counts[fromB + 1] ?? 0,
    };
  }

  #grow(): void {
    const grown = new Float64Array(this.#counts.length * 2);
    grown.set(this.#counts);
    this.#counts = grown;
    const reversed = new Uint8Array(this.#reversed.length * 2);
    reversed.set(this.#reversed);
    this.#reversed = reversed;
  }
}
