import { Pages } from "./pages.ts";
import { pcapHeaderSizeBytes } from "./pcap.ts";

const recordHeaderSizeBytes = 16;
const secondsMax = 0xffffffff;

export interface PcapHeader {
  linkType: number;
  snapLength: number;
  /** Times in nanoseconds; otherwise microseconds, rounded down. */
  nanoseconds: boolean;
}

/** Builds little-endian pcap in pages. */
export class PcapWriter {
  readonly #pages = new Pages();
  readonly #nanoseconds: boolean;

  constructor({ linkType, snapLength, nanoseconds }: PcapHeader) {
    this.#nanoseconds = nanoseconds;
    const at = this.#pages.reserve(pcapHeaderSizeBytes);
    const { view } = this.#pages;
    view.setUint32(at, nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, true);
    view.setUint16(at + 4, 2, true);
    view.setUint16(at + 6, 4, true);
    view.setUint32(at + 16, snapLength, true);
    view.setUint32(at + 20, linkType, true);
  }

  get sizeBytes(): number {
    return this.#pages.sizeBytes;
  }

  get isFull(): boolean {
    return this.#pages.isFull;
  }

  take(): Uint8Array {
    return this.#pages.take();
  }

  /** Times before 1970 and from 2106 on do not fit; the nearest that does is written. */
  putPacket(
    time: { seconds: number; nanoseconds: number },
    data: Uint8Array,
    originalLength: number,
  ): void {
    const at = this.#pages.reserve(recordHeaderSizeBytes + data.length);
    const { view, bytes } = this.#pages;
    const fraction = this.#nanoseconds ? time.nanoseconds : Math.floor(time.nanoseconds / 1_000);
    view.setUint32(at, Math.min(Math.max(time.seconds, 0), secondsMax), true);
    view.setUint32(at + 4, fraction, true);
    view.setUint32(at + 8, data.length, true);
    view.setUint32(at + 12, originalLength, true);
    bytes.set(data, at + recordHeaderSizeBytes);
  }
}
