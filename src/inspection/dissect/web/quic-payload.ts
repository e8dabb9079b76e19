import { encryptBlock } from "./aes-128.ts";
import type { PacketKeys } from "./quic-keys.ts";

/** A datagram's length has 16 bits. */
export const payloadSizeMax = 65_536;
const blockSizeBytes = 16;
const wordSizeBytes = 4;
/** Block 1 makes the tag. */
const firstPayloadBlock = 2;
/** Zeros behind the payload, for fields that are cut. */
const behindSizeBytes = 64;

const noBytes: Uint8Array = new Uint8Array(0);
const noKey: Int32Array = new Int32Array(0);
const stream = new Int32Array(blockSizeBytes / wordSizeBytes);

/** A payload that is decrypted as far as it is asked for: most of a client's first packet is padding. */
export class QuicPayload {
  /** The payload, and zeros behind it; of use as far as was asked for. */
  readonly bytes = new Uint8Array(payloadSizeMax + behindSizeBytes);
  size = 0;
  #done = 0;
  #source = noBytes;
  #at = 0;
  #key = noKey;
  /** What the counter blocks of AES-GCM begin with (RFC 9001, 5.3; NIST SP 800-38D, 7.2). */
  readonly #counter = new Int32Array(3);

  /** Takes the `size` bytes at `at`. */
  begin(source: Uint8Array, at: number, size: number, { key, iv }: PacketKeys): void {
    this.#source = source;
    this.#at = at;
    this.size = size;
    this.#done = 0;
    this.#key = key;
    this.#counter.set(iv);
    if (size === 0) this.bytes.fill(0, 0, behindSizeBytes);
  }

  setPacketNumber(number: number): void {
    const counter = this.#counter;
    counter[2] = (counter[2] ?? 0) ^ number;
  }

  /** Decrypts what is before `end`, as far as there is so much. */
  reach(end: number): void {
    const limit = Math.min(end, this.size);
    while (this.#done < limit) this.#decryptBlock();
  }

  #decryptBlock(): void {
    const { bytes } = this;
    const counter = this.#counter;
    const source = this.#source;
    const done = this.#done;
    stream[0] = counter[0] ?? 0;
    stream[1] = counter[1] ?? 0;
    stream[2] = counter[2] ?? 0;
    stream[3] = firstPayloadBlock + done / blockSizeBytes;
    encryptBlock(this.#key, stream);
    const end = Math.min(this.size, done + blockSizeBytes);
    for (let word = 0; word < 4; word++) {
      const mask = stream[word] ?? 0;
      const at = done + wordSizeBytes * word;
      const from = this.#at + at;
      bytes[at] = (source[from] ?? 0) ^ (mask >>> 24);
      bytes[at + 1] = (source[from + 1] ?? 0) ^ (mask >>> 16);
      bytes[at + 2] = (source[from + 2] ?? 0) ^ (mask >>> 8);
      bytes[at + 3] = (source[from + 3] ?? 0) ^ mask;
    }
    if (end === this.size) bytes.fill(0, end, end + behindSizeBytes);
    this.#done = end;
  }
}
