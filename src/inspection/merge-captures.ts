import type { CaptureReader } from "./file/capture-reader.ts";
import { littleEndianOptions } from "./file/packet-options.ts";
import {
  interfaceSize,
  packetSize,
  PcapngWriter,
  sectionHeaderSize,
  statisticsSizeBytes,
  type InterfaceCounts,
  type WrittenInterface,
} from "./file/pcapng-writer.ts";
import type { CaptureInterface, PacketView } from "./file/record.ts";
import { toNanoseconds } from "./file/time.ts";
import { KeptBlocks } from "./tools/kept-blocks.ts";
import { PacketCursor, type ReadOptions } from "./tools/packet-cursor.ts";
import { sectionOptions, toTicks, writtenInterface } from "./tools/written-interface.ts";

export interface MergeOptions extends ReadOptions {
  /** Packets before it are left out; nanoseconds since the epoch. */
  fromNanoseconds?: bigint;
  /** Packets at or after it are left out; nanoseconds since the epoch. */
  untilNanoseconds?: bigint;
  /**
   * The whole output never exceeds it: a packet that would is dropped and reading ends. Descriptions
   * are left away first; the smallest valid file (28 bytes and 68 to 76 an interface) is always written.
   */
  sizeBytesMax?: number;
  /** Written into the section header. */
  comments?: readonly string[];
  /**
   * Packets that the recorder lost, of all interfaces together: `isb_ifdrop` of the first interface of
   * the inputs that do not say it themselves.
   */
  packetsDropped?: number;
  /** Inputs, the first ones, whose own statistics hold beside `packetsDropped`. */
  countedInputCount?: number;
}

export interface MergeResult {
  packets: number;
  sizeBytes: number;
  firstTimeNanoseconds: bigint | null;
  lastTimeNanoseconds: bigint | null;
  /** Packets read but outside the times, or over the size. */
  packetsLeftOut: number;
  stoppedBySize: boolean;
  /** Inputs that ended inside a record, could not be read to their end, or were empty. */
  truncatedInputs: number;
}

/** An input on its way: it stands on the packet that comes next, unless it is done. */
interface Input {
  cursor: PacketCursor;
  reader: CaptureReader;
  /** Those that came since the last packet. */
  blocks: KeptBlocks;
  done: boolean;
  /** Numbers in the output of the interfaces of this input. */
  outputIds: number[];
}

interface Output {
  source: CaptureInterface;
  interface: WrittenInterface;
  packets: number;
  lastTime: bigint;
}

/**
 * Merges captures by time into one pcapng section. Each input's own order is kept; memory is bounded by
 * one chunk and one record an input. Raises CaptureFormatUnknown for an input that is no capture.
 */
export async function* mergeCaptures(
  inputs: readonly AsyncIterable<Uint8Array>[],
  options: MergeOptions = {},
): AsyncGenerator<Uint8Array, MergeResult> {
  const open = inputs.map((input) => openInput(input, options));
  try {
    for (const input of open) await advance(input);
    const merge = new Merge(open, options);
    for (let input = merge.earliest(); input; input = merge.earliest()) {
      if (!merge.write(input)) break;
      if (merge.writer.isFull) yield merge.writer.take();
      if (!input.cursor.next()) await advance(input);
    }
    merge.finish();
    yield merge.writer.take();
    return merge.result();
  } finally {
    for (const { cursor } of open) await cursor.close();
  }
}

function openInput(source: AsyncIterable<Uint8Array>, options: ReadOptions): Input {
  const cursor = new PacketCursor(source, options);
  const { reader } = cursor;
  return { cursor, reader, blocks: new KeptBlocks(reader), done: false, outputIds: [] };
}

/** Reads on until the input stands on a packet or is done. */
async function advance(input: Input): Promise<void> {
  input.done = !(await input.cursor.fill());
}

class Merge {
  readonly writer = new PcapngWriter();
  readonly #inputs: readonly Input[];
  readonly #options: MergeOptions;
  readonly #sizeMax: number;
  readonly #outputs: Output[] = [];
  #packets = 0;
  #leftOut = 0;
  #first: bigint | null = null;
  #last: bigint | null = null;
  #stoppedBySize = false;

  constructor(inputs: readonly Input[], options: MergeOptions) {
    this.#inputs = inputs;
    this.#options = options;
    this.#sizeMax = options.sizeBytesMax ?? Number.POSITIVE_INFINITY;
    this.#writeHeader();
  }

  /** The input whose packet is next: the earliest, the first input's among equals. */
  earliest(): Input | null {
    let best: Input | null = null;
    for (const input of this.#inputs) {
      if (!input.done && (!best || isEarlier(input.reader.packet, best.reader.packet)))
        best = input;
    }
    return best;
  }

  /** Writes the packet on which the input stands, if it is wanted; false when the output is full. */
  write(input: Input): boolean {
    this.#putBlocks(input);
    const { packet } = input.reader;
    const time = toNanoseconds(packet);
    const { fromNanoseconds, untilNanoseconds } = this.#options;
    if (
      (fromNanoseconds !== undefined && time < fromNanoseconds) ||
      (untilNanoseconds !== undefined && time >= untilNanoseconds)
    ) {
      this.#leftOut++;
      return true;
    }
    const id = this.#outputId(input, packet.interfaceIndex);
    const output = id === null ? undefined : this.#outputs[id];
    const options = littleEndianOptions(packet);
    const size = packetSize(packet.capturedLength, options.length);
    if (id === null || !output || !this.#fits(size)) {
      this.#leftOut++;
      this.#stoppedBySize = true;
      return false;
    }
    this.writer.putPacket({
      interfaceId: id,
      ticks: toTicks(time, output.interface.timeResolution),
      originalLength: packet.originalLength,
      data: packet.bytes.subarray(packet.offset, packet.offset + packet.capturedLength),
      options,
    });
    this.#count(output, time);
    return true;
  }

  /** Ends the section with one statistics block an interface. */
  finish(): void {
    for (const input of this.#inputs) this.#putBlocks(input);
    for (const [id, output] of this.#outputs.entries()) {
      const ticks = toTicks(output.lastTime, output.interface.timeResolution);
      this.writer.putStatistics(id, ticks, this.#countsOf(id, output));
    }
  }

  result(): MergeResult {
    return {
      packets: this.#packets,
      sizeBytes: this.writer.sizeBytes,
      firstTimeNanoseconds: this.#first,
      lastTimeNanoseconds: this.#last,
      packetsLeftOut: this.#leftOut,
      stoppedBySize: this.#stoppedBySize,
      truncatedInputs: this.#inputs.filter(({ cursor }) => cursor.problem !== null).length,
    };
  }

  /** Names and secrets go before the packets that came after them, as far as there is room. */
  #putBlocks({ blocks }: Input): void {
    for (const block of blocks.take()) {
      if (this.#fits(block.sizeBytes)) this.writer.putBlock(block.bytes);
    }
  }

  /** What the recorder lost: as the caller says, otherwise as the inputs do. */
  #countsOf(id: number, { source, packets }: Output): InterfaceCounts {
    const { packetsDropped, countedInputCount = 0 } = this.#options;
    const counted = this.#inputs.slice(0, countedInputCount);
    const isCounted = counted.some(({ outputIds }) => outputIds.includes(id));
    if (packetsDropped === undefined || isCounted) {
      // An input that is counted and says nothing does not know.
      const dropped = source.dropped ?? (isCounted ? null : 0);
      return { received: source.received ?? packets, dropped };
    }
    const [first] = this.#inputs.slice(countedInputCount).flatMap(({ outputIds }) => outputIds);
    const dropped = id === first ? packetsDropped : 0;
    return { received: packets + dropped, dropped };
  }

  #count(output: Output, time: bigint): void {
    this.#packets++;
    output.packets++;
    if (time > output.lastTime) output.lastTime = time;
    if (this.#first === null || time < this.#first) this.#first = time;
    if (this.#last === null || time > this.#last) this.#last = time;
  }

  #writeHeader(): void {
    const section = sectionOptions(this.#options.comments ?? []);
    const described = this.#inputs.flatMap(({ reader }) =>
      reader.interfaces.map((source) => writtenInterface(source)),
    );
    const size = described.reduce(
      (sum, each) => sum + interfaceSize(each) + statisticsSizeBytes,
      sectionHeaderSize(section),
    );
    const short = size > this.#sizeMax;
    if (short) this.#stoppedBySize = true;
    this.writer.putSectionHeader(short ? [] : section);
    for (const input of this.#inputs) {
      for (const source of input.reader.interfaces) this.#addInterface(input, source, short);
    }
  }

  #addInterface(input: Input, source: CaptureInterface, short: boolean): number {
    const described = writtenInterface(source);
    const written = short ? { ...described, options: [] } : described;
    this.writer.putInterface(written);
    input.outputIds.push(this.#outputs.length);
    this.#outputs.push({ source, interface: written, packets: 0, lastTime: 0n });
    return this.#outputs.length - 1;
  }

  /** The interface's number in the output; describes it there when it turned up late. Null: no room. */
  #outputId(input: Input, index: number): number | null {
    for (let next = input.outputIds.length; next <= index; next++) {
      const source = input.reader.interfaces[next];
      if (!source) return null;
      if (!this.#fits(interfaceSize(writtenInterface(source)) + statisticsSizeBytes)) return null;
      this.#addInterface(input, source, false);
    }
    return input.outputIds[index] ?? null;
  }

  /** Room is kept for the statistics that end the file. */
  #fits(size: number): boolean {
    return (
      this.writer.sizeBytes + size + this.#outputs.length * statisticsSizeBytes <= this.#sizeMax
    );
  }
}

function isEarlier(one: PacketView, other: PacketView): boolean {
  if (one.seconds !== other.seconds) return one.seconds < other.seconds;
  return one.nanoseconds < other.nanoseconds;
}
