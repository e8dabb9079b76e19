import { CaptureReader } from "./file/capture-reader.ts";
import { interfaceOption } from "./file/pcapng-interface.ts";
import {
  interfaceSize,
  packetSize,
  PcapngWriter,
  sectionHeaderSize,
  statisticsSizeBytes,
  type WrittenInterface,
} from "./file/pcapng-writer.ts";
import type { CaptureInterface, CaptureOption, PacketView } from "./file/record.ts";
import { toNanoseconds } from "./file/time.ts";

export interface MergeOptions {
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
  comment?: string;
  /** Packets that the recorder lost, of all interfaces together: `isb_ifdrop` of the first interface. */
  packetsDropped?: number;
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

/** An input on its way: its reader stands on the packet that comes next, unless it is done. */
interface Input {
  reader: CaptureReader;
  chunks: AsyncIterator<Uint8Array>;
  done: boolean;
  /** Numbers in the output of the interfaces of this input. */
  outputIds: number[];
}

interface Output {
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
  const open = inputs.map(openInput);
  try {
    for (const input of open) await advance(input);
    const merge = new Merge(open, options);
    for (let input = merge.earliest(); input; input = merge.earliest()) {
      if (!merge.write(input)) break;
      if (merge.writer.isFull) yield merge.writer.take();
      if (!input.reader.next()) await advance(input);
    }
    merge.finish();
    yield merge.writer.take();
    return merge.result();
  } finally {
    for (const { chunks } of open) await chunks.return?.();
  }
}

function openInput(source: AsyncIterable<Uint8Array>): Input {
  return {
    reader: new CaptureReader(),
    chunks: source[Symbol.asyncIterator](),
    done: false,
    outputIds: [],
  };
}

/** Reads on until the reader stands on a packet or the input is done. */
async function advance(input: Input): Promise<void> {
  while (!input.reader.next()) {
    const { done, value } = input.reader.problem
      ? { done: true, value: undefined }
      : await input.chunks.next();
    if (done === true || !value) {
      input.reader.end();
      input.done = true;
      return;
    }
    input.reader.push(value);
  }
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
    const options = keptOptions(packet);
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
    for (const [id, output] of this.#outputs.entries()) {
      const dropped = id === 0 ? (this.#options.packetsDropped ?? 0) : 0;
      const ticks = toTicks(output.lastTime, output.interface.timeResolution);
      this.writer.putStatistics(id, ticks, { received: output.packets + dropped, dropped });
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
      truncatedInputs: this.#inputs.filter(({ reader }) => reader.problem !== null).length,
    };
  }

  #count(output: Output, time: bigint): void {
    this.#packets++;
    output.packets++;
    if (time > output.lastTime) output.lastTime = time;
    if (this.#first === null || time < this.#first) this.#first = time;
    if (this.#last === null || time > this.#last) this.#last = time;
  }

  #writeHeader(): void {
    const { comment } = this.#options;
    const section: CaptureOption[] = [
      ...(comment === undefined ? [] : [textOption(1, comment)]),
      textOption(userApplicationOption, "Nightcap"),
    ];
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
    this.#outputs.push({ interface: written, packets: 0, lastTime: 0n });
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

const userApplicationOption = 4;
const textSizeMax = 4_096;

function textOption(code: number, text: string): CaptureOption {
  return { code, value: new TextEncoder().encode(text).subarray(0, textSizeMax) };
}

/** The options that stay true in the output; times are written without offset, in decimal units. */
function writtenInterface(source: CaptureInterface): WrittenInterface {
  return {
    linkType: source.linkType,
    snapLength: source.snapLength,
    timeResolution: Math.min(source.timeResolution, nanosecondResolution),
    options: source.options.filter(({ code }) => keptOptionCodes.has(code)),
  };
}

const keptOptionCodes: ReadonlySet<number> = new Set([
  interfaceOption.comment,
  interfaceOption.name,
  interfaceOption.description,
  interfaceOption.filter,
  interfaceOption.operatingSystem,
  interfaceOption.hardware,
]);
const nanosecondResolution = 9;
const noOptions = new Uint8Array(0);

/** A packet's options as they are; numbers of the other byte order would be wrong, so those go. */
function keptOptions(packet: PacketView): Uint8Array {
  if (!packet.littleEndian || packet.optionsLength === 0) return noOptions;
  return packet.bytes.subarray(packet.optionsOffset, packet.optionsOffset + packet.optionsLength);
}

function toTicks(timeNanoseconds: bigint, resolution: number): bigint {
  const ticks = timeNanoseconds / 10n ** BigInt(nanosecondResolution - resolution);
  return BigInt.asUintN(64, ticks);
}

function isEarlier(one: PacketView, other: PacketView): boolean {
  if (one.seconds !== other.seconds) return one.seconds < other.seconds;
  return one.nanoseconds < other.nanoseconds;
}
