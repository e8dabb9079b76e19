import { littleEndianOptions } from "../file/packet-options.ts";
import { PcapWriter } from "../file/pcap-writer.ts";
import { PcapngWriter } from "../file/pcapng-writer.ts";
import type { CaptureReader } from "../file/capture-reader.ts";
import type { BlockView, PacketView } from "../file/record.ts";
import { toNanoseconds } from "../file/time.ts";
import { InspectionError } from "../inspection-error.ts";
import { sectionOptions, toTicks, writtenInterface } from "./written-interface.ts";

export type CaptureFormat = "pcap" | "pcapng";

/** Writes packets of a reader to a new file, in pages. */
export interface CaptureWriter {
  readonly sizeBytes: number;
  readonly isFull: boolean;
  take(): Uint8Array;
  /** Writes the packet, `keptLength` bytes of it; its length on the wire stays. */
  putPacket(packet: PacketView, keptLength: number): void;
  /** Takes over a block that is no packet; false when the format has no place for it. */
  putBlock(block: BlockView): boolean;
  /** Ends the file. */
  finish(): void;
}

/** What a writer asks of the capture that its packets are from. */
export type WrittenFrom = Pick<CaptureReader, "interfaces" | "comments">;

export function captureWriter(format: CaptureFormat, reader: WrittenFrom): CaptureWriter {
  return format === "pcap" ? new ToPcap(reader) : new ToPcapng(reader);
}

/** pcap has one link type for the whole file, and one resolution of times: that of the first packet. */
class ToPcap implements CaptureWriter {
  readonly #reader: WrittenFrom;
  #writer: PcapWriter | null = null;
  #linkType = 0;

  constructor(reader: WrittenFrom) {
    this.#reader = reader;
  }

  get sizeBytes(): number {
    return this.#writer?.sizeBytes ?? 0;
  }

  get isFull(): boolean {
    return this.#writer?.isFull ?? false;
  }

  take(): Uint8Array {
    return this.#writer?.take() ?? new Uint8Array(0);
  }

  putPacket(packet: PacketView, keptLength: number): void {
    this.#writer ??= this.#start(packet.interfaceIndex);
    if (packet.linkType !== this.#linkType) throw mixedLinkTypes(this.#linkType, packet.linkType);
    const data = packet.bytes.subarray(packet.offset, packet.offset + keptLength);
    this.#writer.putPacket(packet, data, packet.originalLength);
  }

  putBlock(): boolean {
    return false;
  }

  finish(): void {
    this.#writer ??= this.#start(0);
  }

  #start(interfaceIndex: number): PcapWriter {
    const source = this.#reader.interfaces[interfaceIndex];
    this.#linkType = source?.linkType ?? 1;
    return new PcapWriter({
      linkType: this.#linkType,
      snapLength: source?.snapLength === 0 ? snapLengthUnlimited : (source?.snapLength ?? 0),
      nanoseconds: (source?.timeResolution ?? microsecondResolution) > microsecondResolution,
    });
  }
}

const snapLengthUnlimited = 262_144;
const microsecondResolution = 6;

function mixedLinkTypes(one: number, other: number): InspectionError {
  return new InspectionError(
    "CaptureFormatUnsuitable",
    `pcap holds one link type, and the packets have ${one} and ${other}: write pcapng`,
  );
}

/** One section with the interfaces of all sections of the source, in their order. */
class ToPcapng implements CaptureWriter {
  readonly #reader: WrittenFrom;
  readonly #writer = new PcapngWriter();
  readonly #resolutions: number[] = [];
  #lastTicks: bigint[] = [];

  constructor(reader: WrittenFrom) {
    this.#reader = reader;
  }

  get sizeBytes(): number {
    return this.#writer.sizeBytes;
  }

  get isFull(): boolean {
    return this.#writer.isFull;
  }

  take(): Uint8Array {
    return this.#writer.take();
  }

  putPacket(packet: PacketView, keptLength: number): void {
    this.#describe();
    const id = packet.interfaceIndex;
    const ticks = toTicks(toNanoseconds(packet), this.#resolutions[id] ?? microsecondResolution);
    this.#lastTicks[id] = ticks;
    this.#writer.putPacket({
      interfaceId: id,
      ticks,
      originalLength: packet.originalLength,
      data: packet.bytes.subarray(packet.offset, packet.offset + keptLength),
      options: littleEndianOptions(packet),
    });
  }

  putBlock({ bytes, offset, sizeBytes, littleEndian }: BlockView): boolean {
    // Numbers inside are in the section's byte order; what they mean is not read.
    if (!littleEndian || sizeBytes % 4 !== 0) return false;
    this.#describe();
    this.#writer.putBlock(bytes.subarray(offset, offset + sizeBytes));
    return true;
  }

  finish(): void {
    this.#describe();
    for (const [id, { received, dropped }] of this.#reader.interfaces.entries()) {
      if (received === null && dropped === null) continue;
      const counts = { received: received ?? 0, dropped };
      this.#writer.putStatistics(id, this.#lastTicks[id] ?? 0n, counts);
    }
  }

  /** Writes the section header once, and the interfaces that have become known since. */
  #describe(): void {
    const { interfaces, comments } = this.#reader;
    if (this.#writer.sizeBytes === 0) this.#writer.putSectionHeader(sectionOptions(comments));
    for (let id = this.#resolutions.length; id < interfaces.length; id++) {
      const source = interfaces[id];
      if (!source) return;
      const written = writtenInterface(source);
      this.#writer.putInterface(written);
      this.#resolutions.push(written.timeResolution);
    }
  }
}
