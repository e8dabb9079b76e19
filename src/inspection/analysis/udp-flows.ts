import type { SegmentEnds } from "./tcp-streams.ts";
import { grown } from "./flow-times.ts";
import type { KeyTable } from "./key-table.ts";

const initialCount = 512;

/** One UDP conversation: addresses by their numbers, `a` the sender of its first datagram. */
export interface UdpFlow {
  a: number;
  aPort: number;
  b: number;
  bPort: number;
  framesAToB: number;
  bytesAToB: number;
  framesBToA: number;
  bytesBToA: number;
}

/** Frames and bytes of UDP conversations by direction; numbered as `udp.stream`. */
export class UdpFlows {
  readonly #table: KeyTable;
  /** The first sender is the second of the key. */
  #reversed = new Uint8Array(initialCount);
  #frames = new Uint32Array(initialCount * 2);
  #bytes = new Float64Array(initialCount * 2);
  #count = 0;

  constructor(table: KeyTable) {
    this.#table = table;
  }

  get count(): number {
    return this.#count;
  }

  add(flow: number, ends: SegmentEnds, bytes: number): void {
    if (flow >= this.#reversed.length) this.#grow(flow);
    const isFirstOfKey =
      ends.source < ends.destination ||
      (ends.source === ends.destination && ends.sourcePort <= ends.destinationPort);
    if (flow >= this.#count) {
      this.#count = flow + 1;
      this.#reversed[flow] = isFirstOfKey ? 0 : 1;
    }
    const fromA = isFirstOfKey === (this.#reversed[flow] === 0);
    const at = flow * 2 + (fromA ? 0 : 1);
    this.#frames[at] = (this.#frames[at] ?? 0) + 1;
    this.#bytes[at] = (this.#bytes[at] ?? 0) + bytes;
  }

  get(flow: number): UdpFlow {
    const reversed = this.#reversed[flow] === 1;
    const low = this.#table.word(flow, 0);
    const high = this.#table.word(flow, 1);
    const ports = this.#table.word(flow, 2);
    const at = flow * 2;
    return {
      a: reversed ? high : low,
      aPort: reversed ? ports & 0xffff : ports >>> 16,
      b: reversed ? low : high,
      bPort: reversed ? ports >>> 16 : ports & 0xffff,
      framesAToB: this.#frames[at] ?? 0,
      bytesAToB: this.#bytes[at] ?? 0,
      framesBToA: this.#frames[at + 1] ?? 0,
      bytesBToA: this.#bytes[at + 1] ?? 0,
    };
  }

  totalBytes(flow: number): number {
    return (this.#bytes[flow * 2] ?? 0) + (this.#bytes[flow * 2 + 1] ?? 0);
  }

  #grow(flow: number): void {
    let size = this.#reversed.length;
    while (size <= flow) size *= 2;
    this.#reversed = grown(this.#reversed, new Uint8Array(size));
    this.#frames = grown(this.#frames, new Uint32Array(size * 2));
    this.#bytes = grown(this.#bytes, new Float64Array(size * 2));
  }
}
