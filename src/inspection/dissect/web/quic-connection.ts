import type { Frame } from "../frame.ts";
import { CryptoStream } from "./crypto-stream.ts";
import { addCrypto } from "./quic-frames.ts";
import { initialKeys, type InitialKeys } from "./quic-keys.ts";
import { unprotect, type Packet } from "./quic-protection.ts";
import { TlsSession } from "./tls-session.ts";

/** Packets whose keys did not fit, after which no more are tried: each costs as much as one that fits. */
const failureCountMax = 16;

/** What is kept of a QUIC connection until its hellos are read. */
export class QuicConnection {
  readonly #session = new TlsSession("quic");
  readonly #fromA = new CryptoStream();
  readonly #fromB = new CryptoStream();
  #keys: InitialKeys | null = null;
  #clientIsA = true;
  #failures = 0;

  /** True when nothing more is to be learnt from its packets. */
  get isSettled(): boolean {
    return this.#session.isSettled || this.#failures >= failureCountMax;
  }

  /** Reads the handshake in an Initial packet; `fromA` tells which of the two ends sent it. */
  initial(frame: Frame, packet: Packet, fromA: boolean): void {
    if (this.#failures >= failureCountMax || this.#session.record?.serverHelloTime) return;
    const { clientIsA, record } = this.#session;
    // Of a handshake that there is no room for, the server tells nothing.
    if (clientIsA !== null && clientIsA !== fromA && !record) return;
    const frames = this.#open(packet, fromA);
    if (!frames) {
      this.#failures++;
      return;
    }
    const stream = fromA ? this.#fromA : this.#fromB;
    addCrypto(stream, frames);
    const sender = { stream: frame.udpStream, fromA };
    const { start, end } = stream.take();
    if (end > start) this.#session.readHandshake(frame, sender, stream.bytes, { start, end });
  }

  /** A packet of the application (1-RTT). */
  applicationData(frame: Frame): void {
    if (this.#session.record?.choice) this.#session.noteApplicationData(frame);
  }

  /** The frames of a packet; the keys come from the client's first id, and anew after a Retry. */
  #open(packet: Packet, fromA: boolean): Uint8Array | null {
    const known = this.#keys;
    const frames =
      known && unprotect(packet, fromA === this.#clientIsA ? known.client : known.server());
    if (frames || (known && fromA !== this.#clientIsA)) return frames;
    const { version, destinationIdAt, destinationIdSize } = packet.header;
    const id = packet.bytes.slice(destinationIdAt, destinationIdAt + destinationIdSize);
    const keys = initialKeys(version, id);
    const opened = keys && unprotect(packet, keys.client);
    if (!opened) return null;
    this.#keys = keys;
    this.#clientIsA = fromA;
    return opened;
  }
}
