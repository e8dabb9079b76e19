import type { HandshakeRecord } from "../../analysis/tls.ts";
import { isAlert, tlsVersion } from "../../analysis/tls-names.ts";
import { uint24 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { newestVersion, readClientHello } from "./client-hello.ts";
import { handshakeType, HandshakeMessages, type HandshakeMessage } from "./handshake-messages.ts";
import type { KnownCertificates } from "./known-certificates.ts";
import { ja4, type Ja4Transport } from "./ja4.ts";
import { readServerHello } from "./server-hello.ts";
import { noteHandshake } from "./tls-fields.ts";

type Protocol = HandshakeRecord["protocol"];

const ja4Transport: Record<Protocol, Ja4Transport> = { tls: "t", dtls: "d", quic: "q" };

/** Who sent a message: one end of the stream (`a`), or the other one. */
export interface Sender {
  stream: number;
  fromA: boolean;
}

/** What is kept of one TLS connection, whatever carries it; what it tells goes into the analysis. */
export class TlsSession {
  readonly protocol: Protocol;
  /** The analysis's record of the handshake; null before it and where there is no room for more. */
  record: HandshakeRecord | null = null;
  /** Who is the client; null as long as no hello told. */
  clientIsA: boolean | null = null;
  #fromA: HandshakeMessages | null = null;
  #fromB: HandshakeMessages | null = null;
  #isEncryptedFromA = false;
  #isEncryptedFromB = false;
  #clientRecords = 0;

  constructor(protocol: Protocol) {
    this.protocol = protocol;
  }

  /** Reads handshake messages, or parts of them, in the order in which they were sent. */
  readHandshake(
    frame: Frame,
    sender: Sender,
    bytes: Uint8Array,
    { start, end }: { start: number; end: number },
  ): void {
    if (sender.fromA ? this.#isEncryptedFromA : this.#isEncryptedFromB) return;
    const messages = sender.fromA
      ? (this.#fromA ??= new HandshakeMessages())
      : (this.#fromB ??= new HandshakeMessages());
    messages.push(bytes, start, end);
    while (messages.next()) this.readMessage(frame, sender, messages);
  }

  /** What follows a ChangeCipherSpec is encrypted; in TLS 1.3 it means nothing (RFC 8446, D.4). */
  changeCipherSpec({ fromA }: Sender): void {
    const { record } = this;
    if (record && (!record.choice || isTls13(record.choice.version))) return;
    this.#forget(fromA);
    if (fromA) this.#isEncryptedFromA = true;
    else this.#isEncryptedFromB = true;
  }

  /** Application data; TLS 1.3 sends the rest of its handshake as such too. */
  applicationData(frame: Frame, { fromA }: Sender): void {
    const { record } = this;
    if (!record || record.applicationDataTime || !record.choice) return;
    if (isTls13(record.choice.version)) {
      // The client's Finished is its first record, and what follows is its data (RFC 8446, 2).
      if (fromA !== this.clientIsA || ++this.#clientRecords < 2) return;
    }
    this.noteApplicationData(frame);
  }

  /** With the first application data the handshake is over. */
  noteApplicationData({ seconds, nanoseconds }: Frame): void {
    if (this.record) this.record.applicationDataTime ??= { seconds, nanoseconds };
    this.#forget(true);
    this.#forget(false);
  }

  #forget(fromA: boolean): void {
    if (fromA) this.#fromA = null;
    else this.#fromB = null;
  }

  /** True when what application data could still tell is known. */
  get isSettled(): boolean {
    return this.record !== null && this.record.applicationDataTime !== null;
  }

  get isVersion13(): boolean {
    return this.record?.choice ? isTls13(this.record.choice.version) : false;
  }

  alert({ fromA }: Sender, level: number, description: number): void {
    const { record } = this;
    if (!record || record.alert || description === 0 || !isAlert(level, description)) return;
    record.alert = { fromClient: fromA === this.clientIsA, level, description };
  }

  readMessage(frame: Frame, sender: Sender, message: HandshakeMessage): void {
    // QUIC's messages lie in no layer that fields could be read from.
    if (frame.detailed && this.protocol === "quic") noteHandshake(frame, message);
    if (message.type === handshakeType.clientHello) this.#clientHello(frame, sender, message);
    else if (message.type === handshakeType.serverHello) this.#serverHello(frame, sender, message);
    else if (message.type === handshakeType.certificate)
      this.#certificate(frame.certificates, sender, message);
  }

  #clientHello(frame: Frame, sender: Sender, { bytes, start, end }: HandshakeMessage): void {
    // A second hello tells nothing new.
    if (this.record?.offer) return;
    const { texts } = frame;
    const isDatagram = this.protocol === "dtls";
    const hello = readClientHello(bytes, start, end, { texts, isDatagram });
    if (!hello) return;
    if (hello.serverName !== "" && !this.record) tellServerName(frame, hello.serverName);
    const record = this.#begin(frame, sender, sender.fromA);
    if (!record || record.offer) return;
    record.offer = {
      serverName: hello.serverName,
      version: newestVersion(hello),
      alpn: hello.alpn,
      ja4: hello.isComplete ? ja4(hello, ja4Transport[this.protocol]) : null,
    };
  }

  #serverHello(frame: Frame, sender: Sender, { bytes, start, end }: HandshakeMessage): void {
    // What was told before stays, and where there was no room for the client nothing is told.
    if (this.clientIsA !== null && (!this.record || this.record.serverHelloTime)) return;
    const hello = readServerHello(bytes, start, end, frame.texts);
    if (!hello) return;
    const record = this.#begin(frame, sender, !sender.fromA);
    if (!record || record.serverHelloTime) return;
    const { version, cipherSuite, alpn } = hello;
    record.choice = { version, cipherSuite, alpn };
    if (hello.isHelloRetryRequest) return;
    if (record.offer)
      record.serverHelloTime = { seconds: frame.seconds, nanoseconds: frame.nanoseconds };
  }

  /** The first certificate of the server's chain is its own. */
  #certificate(
    certificates: KnownCertificates,
    { fromA }: Sender,
    { bytes, start, end }: HandshakeMessage,
  ): void {
    const { record } = this;
    if (!record || record.certificate || fromA === this.clientIsA) return;
    const at = start + 6;
    const size = uint24(bytes, start + 3);
    if (at + size <= end) record.certificate = certificates.read(bytes, at, at + size);
  }

  #begin(frame: Frame, { stream, fromA }: Sender, clientIsA: boolean): HandshakeRecord | null {
    if (this.clientIsA !== null) return this.record;
    this.clientIsA = clientIsA;
    this.record = frame.analyses.tls.begin({
      protocol: this.protocol,
      stream,
      ends: frame.ends,
      fromClient: fromA === clientIsA,
      time: frame,
      frame: frame.number,
    });
    return this.record;
  }
}

function isTls13(version: number): boolean {
  return version === tlsVersion.tls13 || version === tlsVersion.dtls13 || version >> 8 === 0x7f;
}

function tellServerName(frame: Frame, name: string): void {
  frame.analyses.tlsNames.add(name);
  frame.analyses.watcher?.destinationName(frame, name);
}
