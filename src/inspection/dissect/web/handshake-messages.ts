import { uint24 } from "../../file/bytes.ts";

/** Types of handshake messages that are read (RFC 8446, 4). */
export const handshakeType = { clientHello: 1, serverHello: 2, certificate: 11 } as const;

const headerSizeBytes = 4;
const noBytes: Uint8Array = new Uint8Array(0);
/** Bytes of one message that are kept; longer ones are passed over. */
const keptSizeMax = 65_536;

/** A whole handshake message: its body is at `start` to `end`. */
export interface HandshakeMessage {
  type: number;
  bytes: Uint8Array;
  start: number;
  end: number;
}

/** Whether the message's content is of any use. */
export function isReadMessage(type: number): boolean {
  return (
    type === handshakeType.clientHello ||
    type === handshakeType.serverHello ||
    type === handshakeType.certificate
  );
}

/** Cuts what one side says into handshake messages, which may span records and packets. */
export class HandshakeMessages implements HandshakeMessage {
  // The message that `next` found.
  type = 0;
  bytes = noBytes;
  start = 0;
  end = 0;

  #source = noBytes;
  #at = 0;
  #end = 0;
  /** The beginning of a message that goes on. */
  #kept: Uint8Array | null = null;
  #keptSize = 0;
  /** Bytes of a message still to pass over. */
  #skip = 0;

  /** Adds the bytes from `at` to `end`; call `next` until it is false before more are added. */
  push(bytes: Uint8Array, at: number, end: number): void {
    this.#source = bytes;
    this.#at = at;
    this.#end = end;
  }

  next(): boolean {
    const skipped = Math.min(this.#skip, this.#end - this.#at);
    this.#skip -= skipped;
    this.#at += skipped;
    while (this.#at < this.#end) if (this.#take()) return true;
    this.#release();
    return false;
  }

  /** What was pushed is the caller's, who may use its memory again. */
  #release(): void {
    this.#source = noBytes;
    this.bytes = noBytes;
  }

  /** Goes on by one step; true when a message that is read is complete. */
  #take(): boolean {
    if (this.#kept) return this.#fill(this.#kept);
    const left = this.#end - this.#at;
    if (left < headerSizeBytes) return this.#keep(headerSizeBytes);
    const type = this.#source[this.#at] ?? 0;
    const size = headerSizeBytes + uint24(this.#source, this.#at + 1);
    if (!isReadMessage(type) || size > keptSizeMax) return this.#pass(size);
    if (left < size) return this.#keep(size);
    this.#found(this.#source, this.#at, size);
    this.#at += size;
    return true;
  }

  #keep(size: number): false {
    const kept = new Uint8Array(size);
    kept.set(this.#source.subarray(this.#at, this.#end));
    this.#kept = kept;
    this.#keptSize = this.#end - this.#at;
    this.#at = this.#end;
    return false;
  }

  #pass(size: number): false {
    const passed = Math.min(size, this.#end - this.#at);
    this.#at += passed;
    this.#skip = size - passed;
    return false;
  }

  /** Adds to the kept beginning of a message; when only its header was wanted, begins anew from that. */
  #fill(kept: Uint8Array): boolean {
    const added = Math.min(kept.length - this.#keptSize, this.#end - this.#at);
    kept.set(this.#source.subarray(this.#at, this.#at + added), this.#keptSize);
    this.#keptSize += added;
    this.#at += added;
    if (this.#keptSize < kept.length) return false;
    const size = headerSizeBytes + uint24(kept, 1);
    this.#kept = null;
    if (kept.length < size) return this.#growFrom(kept, size);
    if (!isReadMessage(kept[0] ?? 0)) return false;
    this.#found(kept, 0, size);
    return true;
  }

  #growFrom(header: Uint8Array, size: number): false {
    if (!isReadMessage(header[0] ?? 0) || size > keptSizeMax) {
      const passed = Math.min(size - header.length, this.#end - this.#at);
      this.#at += passed;
      this.#skip = size - header.length - passed;
      return false;
    }
    this.#kept = new Uint8Array(size);
    this.#kept.set(header);
    this.#keptSize = header.length;
    return false;
  }

  #found(bytes: Uint8Array, at: number, size: number): void {
    this.type = bytes[at] ?? 0;
    this.bytes = bytes;
    this.start = at + headerSizeBytes;
    this.end = at + size;
  }
}
