import type { CaptureReader } from "../../inspection/file/capture-reader.ts";
import {
  packetSize,
  PcapngWriter,
  type WrittenInterface,
} from "../../inspection/file/pcapng-writer.ts";
import type { PacketView } from "../../inspection/file/record.ts";
import { toNanoseconds } from "../../inspection/file/time.ts";
import {
  sectionOptions,
  toTicks,
  writtenInterface,
} from "../../inspection/tools/written-interface.ts";

const noOptions = new Uint8Array(0);

interface Described {
  /** What tells interfaces apart: link type, snap length, name and the like. */
  key: string;
  written: WrittenInterface;
  packets: number;
  lastTicks: bigint;
}

/** One pcapng section out of the files of a ring, which describe the same interface again and again. */
export class RingPart {
  readonly #writer = new PcapngWriter();
  readonly #readers: CaptureReader[] = [];
  /** By reader and its own number of the interface. */
  readonly #ids: number[][] = [];
  readonly #interfaces: Described[] = [];
  readonly #drops: number | null;
  #packets = 0;

  /** `drops` is what the recorder lost, of the first interface; null: not known. */
  constructor(drops: number | null) {
    this.#drops = drops;
    this.#writer.putSectionHeader(sectionOptions([]));
  }

  get packets(): number {
    return this.#packets;
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

  /** Begins with another file; its number is given to `put`. */
  begin(reader: CaptureReader): number {
    this.#readers.push(reader);
    this.#ids.push([]);
    return this.#readers.length - 1;
  }

  sizeOf({ capturedLength }: PacketView, snapLengthBytes: number): number {
    return packetSize(kept(capturedLength, snapLengthBytes), 0);
  }

  put(packet: PacketView, part: number, snapLengthBytes: number): void {
    const id = this.#idOf(part, packet.interfaceIndex);
    const described = this.#interfaces[id];
    if (!described) return;
    const length = kept(packet.capturedLength, snapLengthBytes);
    const ticks = toTicks(toNanoseconds(packet), described.written.timeResolution);
    this.#writer.putPacket({
      interfaceId: id,
      ticks,
      originalLength: packet.originalLength,
      data: packet.bytes.subarray(packet.offset, packet.offset + length),
      options: noOptions,
    });
    described.packets++;
    described.lastTicks = ticks;
    this.#packets++;
  }

  /** Ends the section with what the recorder got and lost, where that is known. */
  finish(): void {
    if (this.#drops === null) return;
    for (const [id, { packets, lastTicks }] of this.#interfaces.entries()) {
      const dropped = id === 0 ? this.#drops : 0;
      this.#writer.putStatistics(id, lastTicks, { received: packets + dropped, dropped });
    }
  }

  #idOf(part: number, index: number): number {
    const ids = this.#ids[part] ?? [];
    const known = ids[index];
    if (known !== undefined) return known;
    const source = this.#readers[part]?.interfaces[index];
    if (!source) return -1;
    const written = writtenInterface(source);
    const key = JSON.stringify({
      ...written,
      options: written.options.map(({ code, value }) => [code, ...value]),
    });
    const same = this.#interfaces.findIndex((each) => each.key === key);
    const id = same < 0 ? this.#interfaces.length : same;
    if (same < 0) {
      this.#writer.putInterface(written);
      this.#interfaces.push({ key, written, packets: 0, lastTicks: 0n });
    }
    ids[index] = id;
    return id;
  }
}

const kept = (capturedLength: number, snapLengthBytes: number): number =>
  snapLengthBytes === 0 ? capturedLength : Math.min(capturedLength, snapLengthBytes);
