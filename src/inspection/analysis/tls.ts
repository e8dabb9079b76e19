import type { Endpoint, TlsCertificate, TlsHandshake, TlsSummary } from "../inspection.ts";
import { nanosecondsText, type Time } from "../file/time.ts";
import type { Addresses } from "./addresses.ts";
import type { Ends } from "./ends.ts";
import { cipherSuiteName } from "./tls-cipher-suites.ts";
import { alertName, versionName } from "./tls-names.ts";
import { certificateWeaknesses, choiceWeaknesses } from "./tls-weaknesses.ts";

/** Handshakes kept of one capture; further ones are only counted. */
const handshakeCountMax = 10_000;
const alpnToldMax = 16;

/** What a certificate says of itself. */
export interface CertificateFacts {
  commonName: string;
  alternativeNames: string[];
  issuer: string;
  notBeforeSeconds: number | null;
  notAfterSeconds: number | null;
  /** True when it names itself as its issuer; the signature is not verified. */
  isSelfSigned: boolean;
}

/** What a ClientHello offers, as far as it is told. */
export interface OfferFacts {
  serverName: string;
  version: number;
  alpn: readonly string[];
  ja4: string | null;
}

/** What a ServerHello chose. */
export interface ChoiceFacts {
  version: number;
  cipherSuite: number;
  alpn: string;
}

/** One handshake while it goes on; dissectors write into it. */
export interface HandshakeRecord {
  protocol: TlsHandshake["protocol"];
  stream: number;
  /** Addresses by number. */
  client: number;
  clientPort: number;
  server: number;
  serverPort: number;
  /** Of the ClientHello; of the first message seen where it is missing. */
  time: Time;
  frame: number;
  offer: OfferFacts | null;
  choice: ChoiceFacts | null;
  certificate: CertificateFacts | null;
  serverHelloTime: Time | null;
  applicationDataTime: Time | null;
  alert: { fromClient: boolean; level: number; description: number } | null;
}

/** Where and when a message was seen, and who sent it. */
export interface Sighting {
  protocol: TlsHandshake["protocol"];
  stream: number;
  ends: Ends;
  fromClient: boolean;
  time: Time;
  frame: number;
}

/** The TLS handshakes of a capture, in the order of their first messages. */
export class TlsHandshakes {
  readonly #addresses: Addresses;
  readonly #records: HandshakeRecord[] = [];
  #overflow = 0;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  /** A record for a handshake that begins with this message; null when there is no room for more. */
  begin({ protocol, stream, ends, fromClient, time, frame }: Sighting): HandshakeRecord | null {
    if (this.#records.length >= handshakeCountMax) {
      this.#overflow++;
      return null;
    }
    const { source, sourcePort, destination, destinationPort } = ends;
    const record: HandshakeRecord = {
      protocol,
      stream,
      client: fromClient ? source : destination,
      clientPort: fromClient ? sourcePort : destinationPort,
      server: fromClient ? destination : source,
      serverPort: fromClient ? destinationPort : sourcePort,
      time: { seconds: time.seconds, nanoseconds: time.nanoseconds },
      frame,
      offer: null,
      choice: null,
      certificate: null,
      serverHelloTime: null,
      applicationDataTime: null,
      alert: null,
    };
    this.#records.push(record);
    return record;
  }

  result(): TlsSummary {
    return {
      handshakes: this.#records.map((record) => this.#told(record)),
      overflow: this.#overflow,
    };
  }

  #told(record: HandshakeRecord): TlsHandshake {
    const { offer, choice, certificate, alert, time } = record;
    return {
      protocol: record.protocol,
      stream: record.stream,
      frame: record.frame,
      time: nanosecondsText(time),
      client: this.#end(record.client, record.clientPort),
      server: this.#end(record.server, record.serverPort),
      serverName: offer?.serverName || null,
      offeredVersion: offer && versionName(offer.version),
      offeredAlpn: offer?.alpn.slice(0, alpnToldMax) ?? [],
      ja4: offer?.ja4 ?? null,
      version: choice && versionName(choice.version),
      cipherSuite: choice && cipherSuiteName(choice.cipherSuite),
      alpn: choice?.alpn || null,
      certificate: certificate && toldCertificate(certificate),
      serverHelloDelay: durationText(time, record.serverHelloTime),
      applicationDataDelay: durationText(time, record.applicationDataTime),
      alert: alert && {
        from: alert.fromClient ? "client" : "server",
        isFatal: alert.level === 2,
        description: alertName(alert.description),
      },
      weaknesses: [
        ...(choice ? choiceWeaknesses(choice) : []),
        ...(certificate ? certificateWeaknesses(certificate, time.seconds) : []),
      ],
    };
  }

  #end(address: number, port: number): Endpoint {
    return { address: address < 0 ? "" : this.#addresses.text(address), port };
  }
}

function toldCertificate(certificate: CertificateFacts): TlsCertificate {
  return {
    commonName: certificate.commonName || null,
    alternativeNames: certificate.alternativeNames,
    issuer: certificate.issuer || null,
    notBefore: secondsText(certificate.notBeforeSeconds),
    notAfter: secondsText(certificate.notAfterSeconds),
  };
}

const secondsText = (seconds: number | null): string | null =>
  seconds === null ? null : nanosecondsText({ seconds, nanoseconds: 0 });

function durationText(start: Time, end: Time | null): string | null {
  if (!end) return null;
  const nanoseconds = (end.seconds - start.seconds) * 1e9 + end.nanoseconds - start.nanoseconds;
  return String(Math.round(nanoseconds));
}
