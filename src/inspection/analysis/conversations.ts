import type { Conversation } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import { KeyTable } from "./key-table.ts";

const conversationCountMax = 2_000_000;
/** framesAToB, bytesAToB, framesBToA, bytesBToA. */
const columns = 4;

/** Frames and bytes between pairs of addresses, by direction; `a` is the sender of the first frame. */
export class Conversations {
  readonly #table = new KeyTable(2, conversationCountMax);
  #counts = new Float64Array(columns * 512);
  readonly #reversed: boolean[] = [];

  get overflow(): number {
    return this.#table.overflow;
  }

  add(source: number, destination: number, bytes: number): void {
    const forward = source <= destination;
    this.#table.key[0] = forward ? source : destination;
    this.#table.key[1] = forward ? destination : source;
    const index = this.#table.findOrAdd();
    if (index < 0) return;
    if (index === this.#reversed.length) this.#reversed.push(!forward);
    if ((index + 1) * columns > this.#counts.length) this.#grow();
    const aToB = forward !== this.#reversed[index];
    const at = index * columns + (aToB ? 0 : 2);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#counts[at + 1] = (this.#counts[at + 1] ?? 0) + bytes;
  }

  result(addresses: Addresses): Conversation[] {
    return this.#reversed.map((reversed, index) => {
      const low = addresses.text(this.#table.word(index, 0));
      const high = addresses.text(this.#table.word(index, 1));
      const at = index * columns;
      return {
        a: reversed ? high : low,
        b: reversed ? low : high,
        framesAToB: this.#counts[at] ?? 0,
        bytesAToB: this.#counts[at + 1] ?? 0,
        framesBToA: this.#counts[at + 2] ?? 0,
        bytesBToA: this.#counts[at + 3] ?? 0,
      };
    });
  }

  #grow(): void {
    const grown = new Float64Array(this.#counts.length * 2);
    grown.set(this.#counts);
    this.#counts = grown;
  }
}
