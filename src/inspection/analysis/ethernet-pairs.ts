import type { Conversation } from "../inspection.ts";
import { uint32 } from "../file/bytes.ts";
import { KeyTable } from "./key-table.ts";

/** Pairs of Ethernet addresses; more than any network has, fewer than a flood of forged ones. */
const pairCountMax = 200_000;
const recentCount = 256;

/** Frames and bytes between Ethernet addresses. */
export class EthernetPairs {
  readonly #table = new KeyTable(3, pairCountMax);
  #counts = new Float64Array(1_024);
  /** Three words of a pair and its number plus one. */
  readonly #recent = new Int32Array(recentCount * 4);

  get overflow(): number {
    return this.#table.overflow;
  }

  /** Counts the frame whose header begins at `at`: destination and source, 12 bytes together. */
  add(bytes: Uint8Array, at: number, wireLength: number): void {
    const index = this.#find(
      uint32(bytes, at) | 0,
      uint32(bytes, at + 4) | 0,
      uint32(bytes, at + 8) | 0,
    );
    if (index >= 0) this.#count(index, wireLength);
  }

  /** The same for a header whose bytes are certain to be there. */
  addIn(view: DataView, at: number, wireLength: number): void {
    const index = this.#find(view.getInt32(at), view.getInt32(at + 4), view.getInt32(at + 8));
    if (index >= 0) this.#count(index, wireLength);
  }

  #count(index: number, wireLength: number): void {
    if (index * 2 + 1 >= this.#counts.length) {
      const counts = new Float64Array(this.#counts.length * 2);
      counts.set(this.#counts);
      this.#counts = counts;
    }
    this.#counts[index * 2] = (this.#counts[index * 2] ?? 0) + 1;
    this.#counts[index * 2 + 1] = (this.#counts[index * 2 + 1] ?? 0) + wireLength;
  }

  result(): Conversation[] {
    const found = new Map<string, Conversation>();
    for (let index = 0; index < this.#table.count; index++) {
      const destination = this.#address(index, 0);
      const source = this.#address(index, 6);
      const frames = this.#counts[index * 2] ?? 0;
      const bytes = this.#counts[index * 2 + 1] ?? 0;
      const back = found.get(`${destination} ${source}`);
      if (back && destination !== source) {
        back.framesBToA += frames;
        back.bytesBToA += bytes;
      } else {
        const counts = { framesAToB: frames, bytesAToB: bytes, framesBToA: 0, bytesBToA: 0 };
        found.set(`${source} ${destination}`, { a: source, b: destination, ...counts });
      }
    }
    return [...found.values()];
  }

  /** Most captures have few pairs, in turns: each is found at its place, without a hash. */
  #find(first: number, second: number, third: number): number {
    const recent = this.#recent;
    const at = ((third ^ (first >> 8)) & (recentCount - 1)) * 4;
    if (recent[at] === first && recent[at + 1] === second && recent[at + 2] === third)
      return (recent[at + 3] ?? 0) - 1;
    const { key } = this.#table;
    key[0] = first;
    key[1] = second;
    key[2] = third;
    const index = this.#table.findOrAdd();
    recent[at] = first;
    recent[at + 1] = second;
    recent[at + 2] = third;
    recent[at + 3] = index + 1;
    return index;
  }

  #address(index: number, start: number): string {
    return Array.from({ length: 6 }, (_, at) => {
      const byte = start + at;
      const word = this.#table.word(index, byte >> 2);
      return ((word >>> (24 - 8 * (byte & 3))) & 0xff).toString(16).padStart(2, "0");
    }).join(":");
  }
}
