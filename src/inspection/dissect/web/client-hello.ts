import { uint16 } from "../../file/bytes.ts";
import type { KnownTexts } from "../known-texts.ts";
import {
  extensionType,
  isGrease,
  readAlpn,
  readExtensions,
  readNumbers,
  readServerName,
  readWords,
} from "./tls-extensions.ts";

/** What a client offers (RFC 8446, 4.1.2; RFC 6347, 4.2.1). Numbers are those of the registries. */
export interface ClientHello {
  /** `legacy_version`: of TLS 1.3 it says 1.2. */
  version: number;
  cipherSuites: number[];
  /** The types of the extensions, in their order. */
  extensions: number[];
  /** The first host name; empty when there is none. */
  serverName: string;
  /** Protocols offered, in latin1. */
  alpn: string[];
  supportedVersions: number[];
  signatureAlgorithms: number[];
  /** False when the bytes end before the last extension does. */
  isComplete: boolean;
}

const randomSizeBytes = 32;
const sessionIdSizeMax = 32;
/**
 * Reads the body of a ClientHello, behind the header of the handshake message, at `start` to `end`. Of a
 * cut one, what is there; null when it is none. That of DTLS has a cookie.
 */
export function readClientHello(
  bytes: Uint8Array,
  start: number,
  end: number,
  { texts, isDatagram }: { texts: KnownTexts; isDatagram: boolean },
): ClientHello | null {
  const sessionIdAt = start + 2 + randomSizeBytes + 1;
  const sessionIdSize = bytes[sessionIdAt - 1] ?? 0;
  if (sessionIdAt > end || sessionIdSize > sessionIdSizeMax) return null;
  let at = sessionIdAt + sessionIdSize;
  if (isDatagram) at += 1 + (bytes[at] ?? 0);
  const suitesEnd = at + 2 + uint16(bytes, at);
  if (at + 2 > end || suitesEnd >= end || ((suitesEnd - at) & 1) !== 0) return null;
  const methodsEnd = suitesEnd + 1 + (bytes[suitesEnd] ?? 0);
  const extensionsEnd = methodsEnd + 2 + uint16(bytes, methodsEnd);
  const hasExtensions = methodsEnd + 2 <= end;
  const extensions = readExtensions(bytes, methodsEnd + 2, Math.min(end, extensionsEnd));
  return {
    version: uint16(bytes, start),
    cipherSuites: readWords(bytes, at + 2, suitesEnd),
    extensions,
    serverName: readServerName(texts, bytes),
    alpn: readAlpn(texts, bytes),
    supportedVersions: readNumbers(bytes, extensionType.supportedVersions, 1),
    signatureAlgorithms: readNumbers(bytes, extensionType.signatureAlgorithms, 2),
    isComplete: hasExtensions ? extensionsEnd <= end : methodsEnd === end,
  };
}

/** The newest version that a client offers; those of DTLS count down. */
export function newestVersion({ version, supportedVersions }: ClientHello): number {
  let newest = -1;
  let newestDatagram = -1;
  for (const offered of supportedVersions) {
    if (isGrease(offered)) continue;
    if (offered > newest) newest = offered;
    const isDatagram = offered >> 8 === 0xfe;
    if (isDatagram && (newestDatagram < 0 || offered < newestDatagram)) newestDatagram = offered;
  }
  if (newestDatagram >= 0) return newestDatagram;
  return newest >= 0 ? newest : version;
}
