// Where every packet of a file lies: one fast pass that looks at no packet's content.
import { CaptureReader } from "../file/capture-reader.ts";
import { pcapKind, type PcapKind } from "../file/pcap.ts";
import type { CaptureInterface, PcapngSection } from "../file/record.ts";
import { toNanoseconds } from "../file/time.ts";
import { GrowingNumbers } from "./growing-numbers.ts";
import type { RandomAccess } from "./packet-book.ts";
import { sourceChunks } from "./source-chunks.ts";

const chunkSizeBytes = 1_048_576;
const lowBits = 4_294_967_296;
/** Packets of one book; those behind them are not shown. */
const packetCountMax = 200_000_000;

/** How records of the file are read again: what the pass found out about all of them. */
export type FileLayout =
  | { format: "pcap"; kind: PcapKind; header: Uint8Array }
  | { format: "pcapng"; interfaces: readonly CaptureInterface[] };

interface SectionStart {
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
    if (high !== (this.#heights.at(-1)?.high ?? 0))
      this.#heights.push({ from: this.packetCount, high });
    if (section !== null && section !== this.#sections.at(-1)?.section)
      this.#sections.push({ from: this.packetCount, section });
    this.#offsets.push(offset % lowBits);
  }
}

/** Reads the whole file into `index`; rejects where it is no capture, or cannot be read. */
export async function buildIndex(
  index: PacketIndex,
  source: RandomAccess,
  signal: AbortSignal,
): Promise<void> {
  const reader = new CaptureReader();
  const head = await source.read(0, Math.min(source.sizeBytes, 64), signal);
  for await (const chunk of sourceChunks(source, chunkSizeBytes, signal)) {
    signal.throwIfAborted();
    reader.push(chunk);
    readPackets(reader, index, head);
    if (reader.problem || index.problem !== null) break;
  }
  if (index.problem === null) reader.end();
  const { problem } = reader;
  if (problem) index.problem = `${problem.reason}, at byte ${problem.offset}`;
  index.isComplete = true;
}

function readPackets(reader: CaptureReader, index: PacketIndex, head: Uint8Array): void {
  const { packet } = reader;
  while (reader.next()) {
    if (index.packetCount >= packetCountMax) {
      index.problem = `only the first ${packetCountMax} packets are shown`;
      return;
    }
    index.layout ??= layoutOf(reader, head);
    index.add(reader.recordOffset, reader.section);
    index.endOffset = reader.recordOffset + reader.recordSizeBytes;
    if (index.firstTime === null && packet.hasTime) index.firstTime = toNanoseconds(packet);
  }
}

/** At the first packet, by which a pcap file's layout is decided. */
function layoutOf(reader: CaptureReader, head: Uint8Array): FileLayout | null {
  if (reader.format === "pcapng") return { format: "pcapng", interfaces: reader.interfaces };
  const kind = pcapKind(head, 0);
  if (!kind) return null;
  const size = reader.recordSizeBytes - reader.packet.capturedLength;
  return { format: "pcap", kind: { ...kind, recordHeaderSizes: [size] }, header: head.slice() };
}
