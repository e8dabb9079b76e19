import { interfaceOption, statisticsOption } from "./pcapng-interface.ts";
import { blockType } from "./pcapng.ts";
import type { CaptureOption } from "./record.ts";

/** Bytes gathered before they are handed on. */
const pageSizeBytes = 262_144;

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
  #page = new Uint8Array(pageSizeBytes);
  #view = new DataView(this.#page.buffer);
  #used = 0;
  #sizeBytes = 0;

  /** Bytes put so far, of all pages. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get isFull(): boolean {
    return this.#used >= pageSizeBytes;
  }

  take(): Uint8Array {
    const page = this.#page.subarray(0, this.#used);
    this.#page = new Uint8Array(pageSizeBytes);
    this.#view = new DataView(this.#page.buffer);
    this.#used = 0;
    return page;
  }

  putSectionHeader(options: readonly CaptureOption[]): void {
    const at = this.#startBlock(blockType.sectionHeader, sectionHeaderSize(options));
    this.#view.setUint32(at, 0x1a2b3c4d, true);
    this.#view.setUint16(at + 4, 1, true);
    // Section length -1: not known.
    this.#view.setUint32(at + 8, 0xffffffff, true);
    this.#view.setUint32(at + 12, 0xffffffff, true);
    this.#putOptions(at + 16, options);
  }

  putInterface(described: WrittenInterface): void {
    const options = writtenOptions(described);
    const at = this.#startBlock(blockType.interfaceDescription, interfaceSize(described));
    this.#view.setUint16(at, described.linkType, true);
    this.#view.setUint32(at + 4, described.snapLength, true);
    this.#putOptions(at + 8, options);
  }

  /** `ticks` counts the interface's units; `options` are bytes ready to be copied, end mark included. */
  putPacket(packet: WrittenPacket): void {
    const { data, options } = packet;
    const at = this.#startBlock(blockType.enhancedPacket, packetSize(data.length, options.length));
    this.#view.setUint32(at, packet.interfaceId, true);
    this.#view.setUint32(at + 4, Number(packet.ticks >> 32n), true);
    this.#view.setUint32(at + 8, Number(packet.ticks & 0xffffffffn), true);
    this.#view.setUint32(at + 12, data.length, true);
    this.#view.setUint32(at + 16, packet.originalLength, true);
    this.#page.set(data, at + 20);
    this.#page.set(options, at + 20 + padded(data.length));
  }

  putStatistics(interfaceId: number, ticks: bigint, counts: InterfaceCounts): void {
    const at = this.#startBlock(blockType.interfaceStatistics, statisticsSizeBytes);
    this.#view.setUint32(at, interfaceId, true);
    this.#view.setUint32(at + 4, Number(ticks >> 32n), true);
    this.#view.setUint32(at + 8, Number(ticks & 0xffffffffn), true);
    this.#putOptions(at + 12, [
      { code: statisticsOption.received, value: uint64(counts.received) },
      { code: statisticsOption.dropped, value: uint64(counts.dropped) },
    ]);
  }

  /** Writes what all blocks share and returns where the block's body begins. */
  #startBlock(type: number, size: number): number {
    this.#reserve(size);
    const at = this.#used;
    this.#view.setUint32(at, type, true);
    this.#view.setUint32(at + 4, size, true);
    this.#view.setUint32(at + size - 4, size, true);
    this.#used += size;
    this.#sizeBytes += size;
    return at + 8;
  }

  #reserve(size: number): void {
    const needed = this.#used + size;
    if (needed <= this.#page.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#page.length * 2));
    grown.set(this.#page.subarray(0, this.#used));
    this.#page = grown;
    this.#view = new DataView(grown.buffer);
  }

  #putOptions(start: number, options: readonly CaptureOption[]): void {
    let at = start;
    for (const { code, value } of options) {
      this.#view.setUint16(at, code, true);
      this.#view.setUint16(at + 2, value.length, true);
      this.#page.set(value, at + 4);
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
  dropped: number;
}

const blockOverheadSizeBytes = 12;

/** Size of an interface statistics block as this writer makes it. */
export const statisticsSizeBytes = blockOverheadSizeBytes + 12 + 2 * 12 + 4;

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
