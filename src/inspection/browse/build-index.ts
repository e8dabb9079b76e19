// Finds where every packet of a file lies: by a fast pass that looks at no packet's content, or beside one that does.
import { CaptureReader } from "../file/capture-reader.ts";
import { pcapKind } from "../file/pcap.ts";
import { toNanoseconds } from "../file/time.ts";
import type { RandomAccess } from "./packet-book.ts";
import type { FileLayout, PacketIndex } from "./packet-index.ts";
import { sourceChunks } from "./source-chunks.ts";

const chunkSizeBytes = 4_194_304;
/** More than the header of any format that has one for all packets. */
const headSizeBytes = 64;
/** Packets of one book; those behind them are not shown. */
const packetCountMax = 200_000_000;

/** Notes packets as a reader comes by them. */
export class IndexMaker {
  readonly index: PacketIndex;
  readonly #head = new Uint8Array(headSizeBytes);
  #headLength = 0;

  constructor(index: PacketIndex) {
    this.index = index;
  }

  /** What the reader is given next. */
  push(chunk: Uint8Array): void {
    if (this.#headLength >= headSizeBytes) return;
    const head = chunk.subarray(0, headSizeBytes - this.#headLength);
    this.#head.set(head, this.#headLength);
    this.#headLength += head.length;
  }

  /** The packet that the reader shows; false when no more are noted. */
  take(reader: CaptureReader): boolean {
    const { index } = this;
    if (index.packetCount >= packetCountMax) {
      index.problem = `only the first ${packetCountMax} packets are shown`;
      return false;
    }
    const { packet } = reader;
    index.layout ??= this.#layoutOf(reader);
    index.add(reader.recordOffset, reader.section);
    index.endOffset = reader.recordOffset + reader.recordSizeBytes;
    if (index.firstTime === null && packet.hasTime) index.firstTime = toNanoseconds(packet);
    return true;
  }

  /** The reader has come to its end. */
  end({ problem }: CaptureReader): void {
    const { index } = this;
    if (problem) index.problem ??= `${problem.reason}, at byte ${problem.offset}`;
    index.isComplete = true;
  }

  /** At the first packet, by which a pcap file's layout is decided. */
  #layoutOf(reader: CaptureReader): FileLayout | null {
    if (reader.format === "pcapng") return { format: "pcapng", interfaces: reader.interfaces };
    const header = this.#head.slice(0, this.#headLength);
    const kind = pcapKind(header, 0);
    if (!kind) return null;
    const size = reader.recordSizeBytes - reader.packet.capturedLength;
    return { format: "pcap", kind: { ...kind, recordHeaderSizes: [size] }, header };
  }
}

/** Reads the whole file into `index`; rejects where it is no capture, or cannot be read. */
export async function buildIndex(
  index: PacketIndex,
  source: RandomAccess,
  signal: AbortSignal,
): Promise<void> {
  const reader = new CaptureReader();
  const maker = new IndexMaker(index);
  for await (const chunk of sourceChunks(source, chunkSizeBytes, signal)) {
    signal.throwIfAborted();
    maker.push(chunk);
    reader.push(chunk);
    while (reader.next()) if (!maker.take(reader)) break;
    if (reader.problem || index.problem !== null) break;
  }
  if (index.problem === null) reader.end();
  maker.end(reader);
}
