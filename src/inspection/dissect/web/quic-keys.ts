// The keys of QUIC's Initial packets, which everybody can make (RFC 9001, 5.2): the first packet of a
// client names the connection id that they come from. HKDF (RFC 5869) is written out over states of SHA-256:
// every message of it fits into one block, and what the same key begins with is hashed once.
import { expandKey } from "./aes-128.ts";
import { initialSalt, quicVersion } from "./quic-version.ts";
import { hashBlock, hashEnd, initialHashState, newHashState } from "./sha-256.ts";

/** Keys of one direction; those of AES are round keys. */
export interface PacketKeys {
  key: Int32Array;
  /** Three words. */
  iv: Int32Array;
  headerProtection: Int32Array;
}

export interface InitialKeys {
  client: PacketKeys;
  /** Made when first asked for: many a client is not answered. */
  server(): PacketKeys;
}

const keySizeBytes = 16;
const ivSizeBytes = 12;
const secretSizeBytes = 32;
const blockSizeBytes = 64;
const wordSizeBytes = 4;
const innerPad = 0x36363636;
const outerPad = 0x5c5c5c5c;

/** The keys of both directions; null when the version's are not known. */
export function initialKeys(version: number, connectionId: Uint8Array): InitialKeys | null {
  const salt = initialSalt(version);
  if (salt === null) return null;
  const mac = newMac(authenticated(macOfSalt(salt), connectionId));
  const keysOf = (label: Uint8Array): PacketKeys => packetKeys(version, authenticated(mac, label));
  let server: PacketKeys | null = null;
  return { client: keysOf(clientLabel), server: () => (server ??= keysOf(serverLabel)) };
}

function packetKeys(version: number, secret: Int32Array): PacketKeys {
  const labels = version === quicVersion.two ? labelsOfVersion2 : labelsOfVersion1;
  setMac(packetMac, secret);
  return {
    key: expandKey(authenticated(packetMac, labels.key)),
    iv: authenticated(packetMac, labels.iv).slice(0, ivSizeBytes / wordSizeBytes),
    headerProtection: expandKey(authenticated(packetMac, labels.headerProtection)),
  };
}

/** HKDF-Expand-Label of RFC 8446, 7.1, with an empty context, as the message of its only block. */
function labelOf(text: string, sizeBytes: number): Uint8Array {
  const label = `tls13 ${text}`;
  const letters = Array.from(label, (letter) => letter.charCodeAt(0));
  return Uint8Array.from([0, sizeBytes, label.length, ...letters, 0, 1]);
}

interface PacketLabels {
  key: Uint8Array;
  iv: Uint8Array;
  headerProtection: Uint8Array;
}

const packetLabels = (prefix: string): PacketLabels => ({
  key: labelOf(`${prefix} key`, keySizeBytes),
  iv: labelOf(`${prefix} iv`, ivSizeBytes),
  headerProtection: labelOf(`${prefix} hp`, keySizeBytes),
});

const clientLabel = labelOf("client in", secretSizeBytes);
const serverLabel = labelOf("server in", secretSizeBytes);
const labelsOfVersion1 = packetLabels("quic");
const labelsOfVersion2 = packetLabels("quicv2");

/** HMAC (RFC 2104) under one key: SHA-256 after the key's block, inside and outside. */
interface Mac {
  inner: Int32Array;
  outer: Int32Array;
}

const block = new Int32Array(blockSizeBytes / wordSizeBytes);

/** The key is of eight words at most. */
function newMac(key: Int32Array): Mac {
  const mac = { inner: newHashState(), outer: newHashState() };
  setMac(mac, key);
  return mac;
}

function setMac({ inner, outer }: Mac, key: Int32Array): void {
  setStateAfter(inner, key, innerPad);
  setStateAfter(outer, key, outerPad);
}

function setStateAfter(state: Int32Array, key: Int32Array, pad: number): void {
  block.fill(pad);
  for (let index = 0; index < key.length; index++) block[index] = (key[index] ?? 0) ^ pad;
  state.set(initialHashState);
  hashBlock(state, block);
}

const result = newHashState();
/** That of the secret of one direction. */
const packetMac: Mac = { inner: newHashState(), outer: newHashState() };

/** The HMAC of the message, in words that are there until the next one. */
function authenticated({ inner, outer }: Mac, message: Uint8Array): Int32Array {
  result.set(inner);
  hashEnd(result, message, message.length, blockSizeBytes);
  block.fill(0);
  block.set(result);
  block[result.length] = 0x80000000 | 0;
  block[block.length - 1] = (blockSizeBytes + secretSizeBytes) << 3;
  result.set(outer);
  hashBlock(result, block);
  return result;
}

const macsOfSalts = new Map<string, Mac>();

/** Of a handful of salts. */
function macOfSalt(salt: string): Mac {
  const known = macsOfSalts.get(salt);
  if (known) return known;
  const words = Int32Array.from(salt.match(/.{8}/g) ?? [], (word) => Number.parseInt(word, 16));
  const mac = newMac(words);
  macsOfSalts.set(salt, mac);
  return mac;
}
