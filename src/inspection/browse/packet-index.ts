// Where every packet of a file lies.
import type { PcapKind } from "../file/pcap.ts";
import type { CaptureInterface, PcapngSection } from "../file/record.ts";
import { GrowingNumbers } from "./growing-numbers.ts";

const lowBits = 4_294_967_296;

/** How records of the file are read again: what the pass found out about all of them. */
export type FileLayout =
  | { format: "pcap"; kind: PcapKind; header: Uint8Array }
  | { format: "pcapng"; interfaces: readonly CaptureInterface[] };

/** A section of a pcapng file, and where its packets begin. */
export interface SectionStart {
  /** Place of its first packet. */
  from: number;
  section: PcapngSection;
}

/** Places of packets, from 0. 32 bits for each, and where their offsets pass a multiple of 4 GiB. */
export class PacketIndex {
  readonly #offsets = new GrowingNumbers();
  /** Places from which on offsets are higher. */
  readonly #heights: { from: number; high: number }[] = [];
  readonly #sections: SectionStart[] = [];
  #section: PcapngSection | null = null;
  #high = 0;
  layout: FileLayout | null = null;
  /** Of the first packet that has one, nanoseconds. */
  firstTime: bigint | null = null;
  /** Where what was read so far ends. */
  endOffset = 0;
  isComplete = false;
  problem: string | null = null;

  get packetCount(): number {
    return this.#offsets.length;
  }

  get sections(): readonly SectionStart[] {
    return this.#sections;
  }

  /** Where the packet's record begins in the file. */
  offsetOf(place: number): number {
    let high = 0;
    for (const height of this.#heights) if (height.from <= place) high = height.high;
    return high * lowBits + this.#offsets.at(place);
  }

  /** How far the record may reach: to the next one, or to the end of what was read. */
  endOf(place: number): number {
    return place + 1 < this.packetCount ? this.offsetOf(place + 1) : this.endOffset;
  }

  sectionOf(place: number): PcapngSection | null {
    let low = 0;
    let high = this.#sections.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sections[middle]?.from ?? 0) <= place) low = middle + 1;
      else high = middle;
    }
    return this.#sections[low - 1]?.section ?? null;
  }

  add(offset: number, section: PcapngSection | null): void {
    const high = Math.floor(offset / lowBits);
    if (high !== this.#high) {
      this.#heights.push({ from: this.packetCount, high });
      this.#high = high;
    }
    if (section !== null && section !== this.#section) {
      this.#sections.push({ from: this.packetCount, section });
      this.#section = section;
    }
    this.#offsets.push(offset % lowBits);
  }
}
