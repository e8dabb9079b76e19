import { closeSync, openSync, writeSync } from "node:fs";
import { frameSizeMaxBytes, type SourceFrame } from "./frame-source.ts";

/** Smaller writes leave the page cache in small pieces, and the file then reads several times slower. */
const writeSizeBytes = 4 * 1_048_576;
const roomSizeBytes = writeSizeBytes + frameSizeMaxBytes + 64;
const linkTypeEthernet = 1;
const pcapRecordSizeBytes = 16;
const packetBlockSizeBytes = 32;
const twoTo32 = 4_294_967_296;
const microsecondsPerSecond = 1_000_000;

/** Writes the same frames as pcap and as pcapng, each in writes of 4 MiB. */
export class CapturePair {
  readonly #pcap: PagedFile;
  readonly #pcapng: PagedFile;

  constructor(pcapPath: string, pcapngPath: string) {
    this.#pcap = new PagedFile(pcapPath);
    this.#pcapng = new PagedFile(pcapngPath);
    this.#pcap.putNumbers([0xa1b2c3d4, 0x00040002, 0, 0, frameSizeMaxBytes, linkTypeEthernet]);
    // Section header of unknown length, then one interface of microseconds.
    this.#pcapng.putNumbers([0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28]);
    this.#pcapng.putNumbers([1, 20, linkTypeEthernet, frameSizeMaxBytes, 20]);
  }

  /** Size of the pcap file so far. */
  get sizeBytes(): number {
    return this.#pcap.sizeBytes;
  }

  put(frame: SourceFrame): void {
    this.#putRecord(frame);
    this.#putBlock(frame);
  }

  close(): void {
    this.#pcap.close();
    this.#pcapng.close();
  }

  #putRecord(frame: SourceFrame): void {
    const at = this.#pcap.reserve(pcapRecordSizeBytes + frame.capturedLength);
    const { view, page } = this.#pcap;
    const seconds = Math.floor(frame.microseconds / microsecondsPerSecond);
    view.setUint32(at, seconds, true);
    view.setUint32(at + 4, frame.microseconds - seconds * microsecondsPerSecond, true);
    view.setUint32(at + 8, frame.capturedLength, true);
    view.setUint32(at + 12, frame.originalLength, true);
    copyFrame(frame, page, at + pcapRecordSizeBytes);
  }

  #putBlock(frame: SourceFrame): void {
    const size = packetBlockSizeBytes + ((frame.capturedLength + 3) & ~3);
    const at = this.#pcapng.reserve(size);
    const { view, page } = this.#pcapng;
    const high = Math.floor(frame.microseconds / twoTo32);
    view.setUint32(at, 6, true);
    view.setUint32(at + 4, size, true);
    view.setUint32(at + 8, 0, true);
    view.setUint32(at + 12, high, true);
    view.setUint32(at + 16, frame.microseconds - high * twoTo32, true);
    view.setUint32(at + 20, frame.capturedLength, true);
    view.setUint32(at + 24, frame.originalLength, true);
    view.setUint32(at + size - 8, 0, true);
    copyFrame(frame, page, at + 28);
    view.setUint32(at + size - 4, size, true);
  }
}

function copyFrame(frame: SourceFrame, page: Buffer, at: number): void {
  frame.bytes.copy(page, at, frame.offset, frame.offset + frame.capturedLength);
}

/** A file written through one buffer. */
class PagedFile {
  readonly page = Buffer.alloc(roomSizeBytes);
  readonly view = new DataView(this.page.buffer, this.page.byteOffset, roomSizeBytes);
  readonly #file: number;
  #used = 0;
  #writtenBytes = 0;

  constructor(path: string) {
    this.#file = openSync(path, "w");
  }

  get sizeBytes(): number {
    return this.#writtenBytes + this.#used;
  }

  /** Where the next `size` bytes go. */
  reserve(size: number): number {
    if (this.#used >= writeSizeBytes) this.#write(writeSizeBytes);
    const at = this.#used;
    this.#used += size;
    return at;
  }

  putNumbers(numbers: readonly number[]): void {
    for (const number of numbers) this.view.setUint32(this.reserve(4), number, true);
  }

  close(): void {
    while (this.#used > 0) this.#write(Math.min(this.#used, writeSizeBytes));
    closeSync(this.#file);
  }

  #write(size: number): void {
    for (let at = 0; at < size;) at += writeSync(this.#file, this.page, at, size - at);
    this.page.copyWithin(0, size, this.#used);
    this.#used -= size;
    this.#writtenBytes += size;
  }
}
