import type { CertificateFacts } from "../../analysis/tls.ts";
import { readCertificate } from "./certificate.ts";

/** Certificates that are remembered, and their size; others are read each time. */
const certificateCountMax = 1_024;
const certificateSizeMax = 8_192;

interface Known {
  bytes: Uint8Array;
  facts: CertificateFacts | null;
}

/** Reads each certificate once: a server sends the same one in every handshake of TLS 1.2. */
export class KnownCertificates {
  readonly #known = new Map<number, Known>();

  /** The certificate at `start`; null when it is none or is cut. */
  read(bytes: Uint8Array, start: number, end: number): CertificateFacts | null {
    if (end - start > certificateSizeMax) return readCertificate(bytes, start, end);
    const hash = hashOf(bytes, start, end);
    const known = this.#known.get(hash);
    if (known && isSame(known.bytes, bytes, start, end)) return known.facts;
    const facts = readCertificate(bytes, start, end);
    if (!known && this.#known.size < certificateCountMax)
      this.#known.set(hash, { bytes: bytes.slice(start, end), facts });
    return facts;
  }
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return hash | 0;
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (known.length !== end - start) return false;
  for (let at = start; at < end; at++) if (bytes[at] !== known[at - start]) return false;
  return true;
}
