import type { Conversation } from "../inspection.ts";
import { uint32 } from "../file/bytes.ts";
import { KeyTable } from "./key-table.ts";

/** Pairs of Ethernet addresses; more than any network has, fewer than a flood of forged ones. */
const pairCountMax = 200_000;

/** Frames and bytes between Ethernet addresses. */
export class EthernetPairs {
  readonly #table = new KeyTable(3, pairCountMax);
  #counts = new Float64Array(1_024);

  get overflow(): number {
    return this.#table.overflow;
  }

  /** Counts the frame whose header begins at `at`: destination and source, 12 bytes together. */
  add(bytes: Uint8Array, at: number, wireLength: number): void {
    const { key } = this.#table;
    key[0] = uint32(bytes, at);
    key[1] = uint32(bytes, at + 4);
    key[2] = uint32(bytes, at + 8);
    const index = this.#table.findOrAdd();
    if (index < 0) return;
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

  #address(index: number, start: number): string {
    return Array.from({ length: 6 }, (_, at) => {
      const byte = start + at;
      const word = this.#table.word(index, byte >> 2);
      return ((word >>> (24 - 8 * (byte & 3))) & 0xff).toString(16).padStart(2, "0");
    }).join(":");
  }
}
