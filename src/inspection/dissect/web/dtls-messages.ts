import { uint16, uint24 } from "../../file/bytes.ts";
import { CryptoStream } from "./crypto-stream.ts";
import { isReadMessage, type HandshakeMessage } from "./handshake-messages.ts";

/** Handshake messages of DTLS have a number and are sent in fragments (RFC 6347, 4.2.2). */
export const dtlsMessageHeaderSizeBytes = 12;
const messageSizeMax = 65_536;

/** Puts the fragments of one direction together, one message at a time. */
export class DtlsMessages {
  #number = -1;
  #size = 0;
  #fragments: CryptoStream | null = null;

  /** Takes the fragment at `at` to `end`; the message that it completes, else null. */
  add(bytes: Uint8Array, at: number, end: number): HandshakeMessage | null {
    const type = bytes[at] ?? 0;
    const size = uint24(bytes, at + 1);
    const number = uint16(bytes, at + 4);
    const offset = uint24(bytes, at + 6);
    const start = at + dtlsMessageHeaderSizeBytes;
    const length = Math.min(uint24(bytes, at + 9), end - start);
    if (!isReadMessage(type) || size > messageSizeMax) return null;
    if (offset === 0 && length === size) return { type, bytes, start, end: start + size };
    if (number !== this.#number || size !== this.#size) this.#fragments = null;
    this.#number = number;
    this.#size = size;
    const fragments = (this.#fragments ??= new CryptoStream());
    fragments.add(bytes, start, start + length, offset);
    if (fragments.inOrder < size) return null;
    this.#fragments = null;
    return { type, bytes: fragments.bytes, start: 0, end: size };
  }
}
