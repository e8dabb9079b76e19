import { interfaceOption, statisticsOption } from "./pcapng-interface.ts";
import { blockType } from "./pcapng.ts";
import { Pages } from "./pages.ts";
import type { CaptureOption } from "./record.ts";

/** An interface as it is written: times are in units of 10^-timeResolution seconds, without offset. */
export interface WrittenInterface {
  linkType: number;
  snapLength: number;
  timeResolution: number;
  options: readonly CaptureOption[];
}

/**
 * Builds little-endian pcapng in pages. Each `put` method appends one block; `take` hands over what
 * has been gathered and starts a new page.
 */
export class PcapngWriter {
  readonly #pages = new Pages();

  /** Bytes put so far, of all pages. */
  get sizeBytes(): number {
    return this.#pages.sizeBytes;
  }

  get isFull(): boolean {
    return this.#pages.isFull;
  }

  take(): Uint8Array {
    return this.#pages.take();
  }

  putSectionHeader(options: readonly CaptureOption[]): void {
    const at = this.#startBlock(blockType.sectionHeader, sectionHeaderSize(options));
    this.#pages.view.setUint32(at, 0x1a2b3c4d, true);
    this.#pages.view.setUint16(at + 4, 1, true);
    // Section length -1: not known.
    this.#pages.view.setUint32(at + 8, 0xffffffff, true);
    this.#pages.view.setUint32(at + 12, 0xffffffff, true);
    this.#putOptions(at + 16, options);
  }

  putInterface(described: WrittenInterface): void {
    const options = writtenOptions(described);
    const at = this.#startBlock(blockType.interfaceDescription, interfaceSize(described));
    this.#pages.view.setUint16(at, described.linkType, true);
    this.#pages.view.setUint32(at + 4, described.snapLength, true);
    this.#putOptions(at + 8, options);
  }

  /** `ticks` counts the interface's units; `options` are bytes ready to be copied, end mark included. */
  putPacket(packet: WrittenPacket): void {
    const { data, options } = packet;
    const at = this.#startBlock(blockType.enhancedPacket, packetSize(data.length, options.length));
    this.#pages.view.setUint32(at, packet.interfaceId, true);
    this.#pages.view.setUint32(at + 4, Number(packet.ticks >> 32n), true);
    this.#pages.view.setUint32(at + 8, Number(packet.ticks & 0xffffffffn), true);
    this.#pages.view.setUint32(at + 12, data.length, true);
    this.#pages.view.setUint32(at + 16, packet.originalLength, true);
    this.#pages.bytes.set(data, at + 20);
    this.#pages.bytes.set(options, at + 20 + padded(data.length));
  }

  putStatistics(interfaceId: number, ticks: bigint, counts: InterfaceCounts): void {
    const isKnown = counts.dropped !== null;
    const size = isKnown ? statisticsSizeBytes : statisticsSizeBytes - countOptionSizeBytes;
    const at = this.#startBlock(blockType.interfaceStatistics, size);
    this.#pages.view.setUint32(at, interfaceId, true);
    this.#pages.view.setUint32(at + 4, Number(ticks >> 32n), true);
    this.#pages.view.setUint32(at + 8, Number(ticks & 0xffffffffn), true);
    this.#putOptions(at + 12, [
      { code: statisticsOption.received, value: uint64(counts.received) },
      ...(counts.dropped === null
        ? []
        : [{ code: statisticsOption.dropped, value: uint64(counts.dropped) }]),
    ]);
  }

  /** A block that is copied as it is: little-endian, with its lengths. */
  putBlock(block: Uint8Array): void {
    const at = this.#pages.reserve(block.length);
    this.#pages.bytes.set(block, at);
  }

  /** Writes what all blocks share and returns where the block's body begins. */
  #startBlock(type: number, size: number): number {
    const at = this.#pages.reserve(size);
    const { view } = this.#pages;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, size, true);
    view.setUint32(at + size - 4, size, true);
    return at + 8;
  }

  #putOptions(start: number, options: readonly CaptureOption[]): void {
    let at = start;
    for (const { code, value } of options) {
      this.#pages.view.setUint16(at, code, true);
      this.#pages.view.setUint16(at + 2, value.length, true);
      this.#pages.bytes.set(value, at + 4);
      at += 4 + padded(value.length);
    }
  }
}

export interface WrittenPacket {
  interfaceId: number;
  ticks: bigint;
  originalLength: number;
  data: Uint8Array;
  options: Uint8Array;
}

export interface InterfaceCounts {
  received: number;
  /** Null: not known, and not said. */
  dropped: number | null;
}

const blockOverheadSizeBytes = 12;

const countOptionSizeBytes = 12;

/** Size of an interface statistics block as this writer makes it, with both counts. */
export const statisticsSizeBytes = blockOverheadSizeBytes + 12 + 2 * countOptionSizeBytes + 4;

export function sectionHeaderSize(options: readonly CaptureOption[]): number {
  return blockOverheadSizeBytes + 16 + optionsSize(options);
}

export function interfaceSize(described: WrittenInterface): number {
  return blockOverheadSizeBytes + 8 + optionsSize(writtenOptions(described));
}

export function packetSize(dataLength: number, optionsLength: number): number {
  return blockOverheadSizeBytes + 20 + padded(dataLength) + optionsLength;
}

function writtenOptions({ options, timeResolution }: WrittenInterface): readonly CaptureOption[] {
  const resolution = {
    code: interfaceOption.timeResolution,
    value: Uint8Array.of(timeResolution),
  };
  return timeResolution === 6 ? options : [...options, resolution];
}

/** Options with the end mark; none at all need none. */
function optionsSize(options: readonly CaptureOption[]): number {
  if (options.length === 0) return 0;
  return options.reduce((sum, { value }) => sum + 4 + padded(value.length), 4);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function uint64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
}
