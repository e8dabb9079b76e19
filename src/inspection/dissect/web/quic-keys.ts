// The keys of QUIC's Initial packets, which everybody can make (RFC 9001, 5.2): the first packet of a
// client names the connection id that they come from.
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { initialSalt, quicVersion } from "./quic-version.ts";

/** Keys of one direction. */
export interface PacketKeys {
  key: Uint8Array;
  iv: Uint8Array;
  headerProtection: Uint8Array;
}

export interface InitialKeys {
  client: PacketKeys;
  /** Made when first asked for: many a client is not answered. */
  server(): PacketKeys;
}

const keySizeBytes = 16;
const ivSizeBytes = 12;
const secretSizeBytes = 32;

/** The keys of both directions; null when the version's are not known. */
export function initialKeys(version: number, connectionId: Uint8Array): InitialKeys | null {
  const salt = initialSalt(version);
  if (salt === null) return null;
  const secret = extract(sha256, connectionId, hexToBytes(salt));
  const keysOf = (label: string): PacketKeys =>
    packetKeys(version, expandLabel(secret, label, secretSizeBytes));
  let server: PacketKeys | null = null;
  return { client: keysOf("client in"), server: () => (server ??= keysOf("server in")) };
}

function packetKeys(version: number, secret: Uint8Array): PacketKeys {
  const prefix = version === quicVersion.two ? "quicv2" : "quic";
  return {
    key: expandLabel(secret, `${prefix} key`, keySizeBytes),
    iv: expandLabel(secret, `${prefix} iv`, ivSizeBytes),
    headerProtection: expandLabel(secret, `${prefix} hp`, keySizeBytes),
  };
}

/** HKDF-Expand-Label of RFC 8446, 7.1, with an empty context. */
function expandLabel(secret: Uint8Array, label: string, size: number): Uint8Array {
  const text = utf8ToBytes(`tls13 ${label}`);
  const info = new Uint8Array(4 + text.length);
  info[1] = size;
  info[2] = text.length;
  info.set(text, 3);
  return expand(sha256, secret, info, size);
}
