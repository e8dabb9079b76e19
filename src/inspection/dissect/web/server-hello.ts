import { uint16, uint32 } from "../../file/bytes.ts";
import type { KnownTexts } from "../known-texts.ts";
import {
  extensionEnd,
  extensionStart,
  extensionType,
  readAlpn,
  readExtensions,
} from "./tls-extensions.ts";

/** What a server chose (RFC 8446, 4.1.3). Numbers are those of the registries. */
export interface ServerHello {
  /** The version chosen: of TLS 1.3 it stands in an extension. */
  version: number;
  cipherSuite: number;
  /** The protocol chosen, in latin1; empty when it is not told, as in TLS 1.3, which encrypts it. */
  alpn: string;
  /** True when the server asks for another ClientHello. */
  isHelloRetryRequest: boolean;
}

const randomSizeBytes = 32;
const sessionIdSizeMax = 32;
/** How the `random` of a HelloRetryRequest begins and ends (RFC 8446, 4.1.3). */
const retryRandomFirst = 0xcf21ad74;
const retryRandomLast = 0xc8a8339c;

/** Reads the body of a ServerHello, behind the header of the handshake message; null when it is none. */
export function readServerHello(
  bytes: Uint8Array,
  start: number,
  end: number,
  texts: KnownTexts,
): ServerHello | null {
  const randomAt = start + 2;
  const sessionIdAt = randomAt + randomSizeBytes + 1;
  const sessionIdSize = bytes[sessionIdAt - 1] ?? 0;
  const at = sessionIdAt + sessionIdSize;
  if (at + 3 > end || sessionIdSize > sessionIdSizeMax) return null;
  const extensionsAt = at + 5;
  readExtensions(bytes, extensionsAt, Math.min(end, extensionsAt + uint16(bytes, at + 3)));
  const chosen = extensionStart(extensionType.supportedVersions);
  const isChosen = extensionEnd(extensionType.supportedVersions) - chosen === 2;
  return {
    version: chosen >= 0 && isChosen ? uint16(bytes, chosen) : uint16(bytes, start),
    cipherSuite: uint16(bytes, at),
    alpn: readAlpn(texts, bytes)[0] ?? "",
    isHelloRetryRequest:
      uint32(bytes, randomAt) === retryRandomFirst &&
      uint32(bytes, randomAt + randomSizeBytes - 4) === retryRandomLast,
  };
}
