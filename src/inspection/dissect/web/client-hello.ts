import { uint16 } from "../../file/bytes.ts";
import {
  extensionOf,
  extensionType,
  isGrease,
  readAlpn,
  readExtensions,
  readNumbers,
  readServerName,
  readWords,
  type TlsExtension,
} from "./tls-extensions.ts";

/** What a client offers (RFC 8446, 4.1.2; RFC 6347, 4.2.1). Numbers are those of the registries. */
export interface ClientHello {
  /** `legacy_version`: of TLS 1.3 it says 1.2. */
  version: number;
  /** Where the 32 bytes of `random` begin. */
  randomAt: number;
  sessionIdAt: number;
  sessionIdSize: number;
  cipherSuites: number[];
  compressionMethods: number[];
  extensions: TlsExtension[];
  /** The first host name; empty when there is none. */
  serverName: string;
  /** Protocols offered, in latin1. */
  alpn: string[];
  supportedVersions: number[];
  signatureAlgorithms: number[];
  groups: number[];
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
  isDatagram = false,
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
  const extensions = hasExtensions
    ? readExtensions(bytes, methodsEnd + 2, Math.min(end, extensionsEnd))
    : [];
  const find = (type: number): TlsExtension | undefined => extensionOf(extensions, type);
  return {
    version: uint16(bytes, start),
    randomAt: start + 2,
    sessionIdAt,
    sessionIdSize,
    cipherSuites: readWords(bytes, at + 2, suitesEnd),
    compressionMethods: [...bytes.subarray(suitesEnd + 1, Math.min(end, methodsEnd))],
    extensions,
    serverName: readServerName(bytes, find(extensionType.serverName)),
    alpn: readAlpn(bytes, find(extensionType.alpn)),
    supportedVersions: readNumbers(bytes, find(extensionType.supportedVersions), 1),
    signatureAlgorithms: readNumbers(bytes, find(extensionType.signatureAlgorithms)),
    groups: readNumbers(bytes, find(extensionType.supportedGroups)),
    isComplete: hasExtensions ? extensionsEnd <= end : methodsEnd === end,
  };
}

/** The newest version that a client offers; those of DTLS count down. */
export function newestVersion({ version, supportedVersions }: ClientHello): number {
  const offered = supportedVersions.filter((value) => !isGrease(value));
  if (offered.length === 0) return version;
  const datagram = offered.filter((value) => value >> 8 === 0xfe);
  return datagram.length > 0 ? Math.min(...datagram) : Math.max(...offered);
}
