import type { Conversation, EndpointCount } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import { EndpointSums } from "./endpoint-sums.ts";
import { KeyTable } from "./key-table.ts";

const conversationCountMax = 2_000_000;
/** framesAToB, bytesAToB, framesBToA, bytesBToA, first frame. */
const columns = 5;
const firstFrameColumn = 4;

/** Frames and bytes of one direction, from the first of these frames on; negative ones take back. */
export interface DirectedCount {
  frames: number;
  bytes: number;
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

  add(source: number, destination: number, { frames, bytes, firstFrame }: DirectedCount): void {
    const forward = source <= destination;
    this.#table.key[0] = forward ? source : destination;
    this.#table.key[1] = forward ? destination : source;
    const known = this.#table.count;
    const index = this.#table.findOrAdd();
    if (index < 0) return;
    if (index >= this.#reversed.length) this.#grow();
    const at = index * columns;
    const counts = this.#counts;
    if (index === known || firstFrame < (counts[at + firstFrameColumn] ?? 0)) {
      counts[at + firstFrameColumn] = firstFrame;
      this.#reversed[index] = forward ? 0 : 1;
    }
    // Columns are by the order of the key; the result turns them.
    const side = at + (forward ? 0 : 2);
    counts[side] = (counts[side] ?? 0) + frames;
    counts[side + 1] = (counts[side + 1] ?? 0) + bytes;
  }

  /** In the order of their first frames. */
  *entries(addresses: Addresses): Generator<Conversation> {
    for (const index of this.#order()) yield this.#conversation(index, addresses);
  }

  /** The same as JSON.stringify of each entry. */
  *json(addresses: Addresses): Generator<string> {
    for (const index of this.#order()) {
      const { a, b, framesAToB, bytesAToB, framesBToA, bytesBToA } = this.#conversation(
        index,
        addresses,
      );
      yield `{"a":"${a}","b":"${b}","framesAToB":${framesAToB},"bytesAToB":${bytesAToB},"framesBToA":${framesBToA},"bytesBToA":${bytesBToA}}`;
    }
  }

  /** Numbers of the pairs that have frames, by their first frame. */
  #order(): Uint32Array {
    const order = new Uint32Array(this.#table.count);
    for (let index = 0; index < order.length; index++) order[index] = index;
    const first = (index: number): number => this.#counts[index * columns + firstFrameColumn] ?? 0;
    order.sort((one, other) => first(one) - first(other) || one - other);
    const frames = (index: number): number =>
      (this.#counts[index * columns] ?? 0) + (this.#counts[index * columns + 2] ?? 0);
    return order.filter((index) => frames(index) > 0);
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
