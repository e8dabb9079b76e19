import { InspectionError } from "../inspection-error.ts";
import { uint32 } from "./bytes.ts";
import { mayBePcap, pcapKind, pcapParser } from "./pcap.ts";
import { blockType, pcapngParser } from "./pcapng.ts";
import {
  newReaderState,
  recordKind,
  type BlockView,
  type CaptureInterface,
  type PacketView,
  type PcapngSection,
  type RecordParser,
} from "./record.ts";

/** Where (byte offset) and why reading stopped early. */
export interface ReadProblem {
  offset: number;
  reason: string;
}

/** Of a chunk, so much is copied first to complete the record that began in the chunk before. */
const joinSizeBytes = 16_384;

/**
 * Reads pcap and pcapng as the bytes come: `push` a chunk, call `next` until it is false, push the
 * next chunk, and call `end` after the last. `packet` is one object, valid until the next call;
 * a chunk pushed must not change before then. Holds at most one record besides the chunk.
 */
export class CaptureReader {
  readonly #state = newReaderState();
  #parser: RecordParser | null = null;
  #format: "pcap" | "pcapng" | null = null;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  /** File offset of `#bytes[0]`. */
  #base = 0;
  /** Bytes of a block being passed over that have not come yet. */
  #skip = 0;
  #carry: Uint8Array = new Uint8Array(0);
  /** The chunk that `#carry` has the beginning of, from `#chunkAt` on; -1 when the chunk is read in place. */
  #chunk: Uint8Array = new Uint8Array(0);
  #chunkAt = -1;
  /** File offset of the record being read. */
  #recordAt = 0;
  #problem: ReadProblem | null = null;
  #ended = false;

  get packet(): PacketView {
    return this.#state.packet;
  }

  /** Every interface described so far, over all sections. */
  get interfaces(): readonly CaptureInterface[] {
    return this.#state.interfaces;
  }

  /** Comments of sections, in the order of the file. */
  get comments(): readonly string[] {
    return this.#state.comments;
  }

  /** Gives name resolution, decryption secrets and custom blocks to a function; valid during its call. */
  takeBlocks(take: (block: BlockView) => void): void {
    this.#state.onBlock = take;
  }

  /** Null until enough bytes came to tell. */
  get format(): "pcap" | "pcapng" | null {
    return this.#format;
  }

  get problem(): ReadProblem | null {
    return this.#problem;
  }

  /** Where in the file the record of `packet` begins, and its size. */
  get recordOffset(): number {
    return this.#recordAt;
  }

  get recordSizeBytes(): number {
    return this.#parser?.sizeBytes ?? 0;
  }

  /** Of a pcapng file, the section that `packet` is of. */
  get section(): PcapngSection | null {
    return this.#parser?.section ?? null;
  }

  /** The problem, or where reading came to when what ended it was the compression. */
  problemWith(compression: string | null): ReadProblem | null {
    if (compression === null) return this.#problem;
    return { offset: this.#problem?.offset ?? this.#base + this.#at, reason: compression };
  }

  /** Takes the next bytes of the file. All packets of the earlier ones must have been read. */
  push(given: Uint8Array): void {
    if (this.#problem) return;
    const chunk = plain(given);
    const left = this.#end - this.#at;
    this.#base += this.#at;
    if (left === 0) {
      this.#bytes = chunk;
      this.#end = chunk.length;
      this.#chunkAt = -1;
    } else {
      this.#joinWith(chunk, left);
    }
    this.#at = 0;
    if (this.#skip > 0) this.#passOver();
  }

  /** Reads the next packet into `packet`; false when more bytes are needed or no more can be read. */
  next(): boolean {
    if (this.#problem || this.#skip > 0) return false;
    const parser = this.#parser ?? this.#detect();
    if (!parser) return false;
    for (;;) {
      this.#leaveJoined();
      if (parser.isInside !== true) this.#recordAt = this.#base + this.#at;
      const kind = parser.read(this.#bytes, this.#at, this.#end);
      if (kind === recordKind.packet) {
        this.#at += parser.sizeBytes;
        return true;
      }
      if (kind === recordKind.needMore) {
        if (this.#joinMore()) continue;
        return false;
      }
      if (kind === recordKind.broken) {
        this.#fail(this.#state.problem ?? "unreadable record");
        return false;
      }
      this.#skip = parser.sizeBytes;
      this.#passOver();
      if (this.#skip > 0) return false;
    }
  }

  /** Says that no more bytes will come; raises CaptureFormatUnknown when there is no capture at all. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#problem) return;
    const left = this.#end - this.#at;
    if (this.#format === null) {
      if (left + this.#base > 0 && !startsLikeCapture(this.#bytes, this.#at, this.#end))
        throw unknownFormat(this.#bytes, this.#at, this.#end);
      this.#fail(left === 0 ? "the file is empty" : "the file ends inside its header");
    } else if (left > 0 || this.#skip > 0) {
      const read = this.#base + this.#end - this.#recordAt;
      this.#fail(`the file ends inside a record, ${read} bytes after its beginning`);
    }
  }

  #fail(reason: string): void {
    this.#problem = { offset: this.#format === null ? this.#base : this.#recordAt, reason };
  }

  #passOver(): void {
    this.#passHere();
    if (this.#skip === 0 || this.#chunkAt < 0) return;
    this.#leaveJoined();
    this.#passHere();
  }

  #passHere(): void {
    const passed = Math.min(this.#skip, this.#end - this.#at);
    this.#at += passed;
    this.#skip -= passed;
  }

  /** Copies the record that spans two chunks together; the chunk itself is read in place afterwards. */
  #joinWith(chunk: Uint8Array, left: number): void {
    const taken = Math.min(chunk.length, joinSizeBytes);
    const rest = this.#bytes.subarray(this.#at, this.#end);
    this.#carry = copied(rest, this.#carry, left + taken);
    this.#carry.set(chunk.subarray(0, taken), left);
    this.#bytes = this.#carry;
    this.#end = left + taken;
    this.#chunk = chunk;
    this.#chunkAt = left;
  }

  /** Takes more of the chunk to the record that began before it; false when all of it is there. */
  #joinMore(): boolean {
    const taken = this.#end - this.#chunkAt;
    if (this.#chunkAt < 0 || taken >= this.#chunk.length) return false;
    const size = Math.min(this.#chunk.length, taken * 4);
    this.#carry = copied(this.#bytes.subarray(0, this.#end), this.#carry, this.#chunkAt + size);
    this.#carry.set(this.#chunk.subarray(taken, size), this.#end);
    this.#bytes = this.#carry;
    this.#end = this.#chunkAt + size;
    return true;
  }

  /** Goes on in the chunk when nothing from before it is left. */
  #leaveJoined(): void {
    if (this.#chunkAt < 0 || this.#at < this.#chunkAt) return;
    this.#base += this.#chunkAt;
    this.#at -= this.#chunkAt;
    this.#bytes = this.#chunk;
    this.#end = this.#chunk.length;
    this.#chunkAt = -1;
  }

  #detect(): RecordParser | null {
    const available = this.#end - this.#at;
    if (available < 4) return null;
    if (uint32(this.#bytes, this.#at) === blockType.sectionHeader) {
      this.#format = "pcapng";
      this.#parser = pcapngParser(this.#state);
      return this.#parser;
    }
    const kind = pcapKind(this.#bytes, this.#at);
    if (!kind) throw unknownFormat(this.#bytes, this.#at, this.#end);
    if (available < kind.headerSizeBytes) return null;
    this.#format = "pcap";
    this.#parser = pcapParser(this.#state, kind, this.#bytes, this.#at);
    this.#at += kind.headerSizeBytes;
    return this.#parser;
  }
}

/** The buffer, or a larger one, that begins with these bytes and has room for `size`. */
function copied(bytes: Uint8Array, buffer: Uint8Array, size: number): Uint8Array {
  const target = buffer.length < size ? new Uint8Array(Math.max(size, buffer.length * 2)) : buffer;
  target.set(bytes);
  return target;
}

/** Node's Buffers share their bytes with what `slice` gives of them; dissectors take it for a copy. */
function plain(chunk: Uint8Array): Uint8Array {
  if (chunk.constructor === Uint8Array) return chunk;
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
}

/** True when so few bytes may still be the beginning of a capture that was cut short. */
function startsLikeCapture(bytes: Uint8Array, at: number, end: number): boolean {
  const first = bytes.subarray(at, Math.min(end, at + 4));
  return mayBePcap(first) || first.every((byte, index) => byte === sectionHeaderBytes[index]);
}

const sectionHeaderBytes: readonly number[] = [0x0a, 0x0d, 0x0d, 0x0a];

function unknownFormat(bytes: Uint8Array, at: number, end: number): InspectionError {
  const first = Array.from(bytes.subarray(at, Math.min(end, at + 4)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join(" ");
  return new InspectionError(
    "CaptureFormatUnknown",
    `a file that begins with the bytes ${first} is neither pcap nor pcapng`,
  );
}
