import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { keyIdSizeBytes, type KeyRing, SealBrokenError, type StorageKey } from "./key-ring.ts";

/** `NCM1` in front of a message that is sealed whole: a record, an entry of a journal, a report. */
const magic = Buffer.from("NCM1");
const saltSizeBytes = 32;
const tagSizeBytes = 16;
const headSizeBytes = magic.length + keyIdSizeBytes + saltSizeBytes;
const keySizeBytes = 32;
const nonceSizeBytes = 12;

/** What sealing adds to a message. */
export const messageOverheadBytes = headSizeBytes + tagSizeBytes;

/**
 * Seals a small thing whole: magic, key id, 32 random bytes, AES-256-GCM. Key and nonce are derived from
 * the random bytes and the purpose (RFC 5869), so that no two messages share them however many there are,
 * and a message that was moved to another purpose does not open.
 */
export function sealMessage(
  ring: Pick<KeyRing, "current">,
  purpose: string,
  plain: Uint8Array,
): Buffer {
  const key = ring.current;
  const head = Buffer.concat([magic, Buffer.from(key.id, "hex"), randomBytes(saltSizeBytes)]);
  const { key: own, nonce } = derive(key, head, purpose);
  const cipher = createCipheriv("aes-256-gcm", own, nonce).setAAD(head);
  return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws `UnknownKeyError`, and `SealBrokenError` when it is not what was sealed for this purpose. */
export function openMessage(ring: KeyRing, purpose: string, sealed: Uint8Array): Buffer {
  const keyId = messageKeyId(sealed);
  if (keyId === null) throw new SealBrokenError(`${purpose}: it is not sealed`);
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const head = bytes.subarray(0, headSizeBytes);
  const { key, nonce } = derive(ring.find(keyId), head, purpose);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce).setAAD(head);
  decipher.setAuthTag(bytes.subarray(bytes.length - tagSizeBytes));
  try {
    const body = bytes.subarray(headSizeBytes, bytes.length - tagSizeBytes);
    return Buffer.concat([decipher.update(body), decipher.final()]);
  } catch (cause) {
    throw new SealBrokenError(`${purpose}: its seal is broken`, { cause });
  }
}

/** The key that a message was sealed with; null when it is no sealed message. */
export function messageKeyId(sealed: Uint8Array): string | null {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < messageOverheadBytes || !bytes.subarray(0, magic.length).equals(magic)) {
    return null;
  }
  return bytes.toString("hex", magic.length, magic.length + keyIdSizeBytes);
}

function derive(
  { messages }: StorageKey,
  head: Buffer,
  purpose: string,
): { key: Buffer; nonce: Buffer } {
  const salt = head.subarray(magic.length + keyIdSizeBytes);
  const info = `nightcap message ${purpose}`;
  const bytes = Buffer.from(
    hkdfSync("sha256", messages, salt, info, keySizeBytes + nonceSizeBytes),
  );
  return { key: bytes.subarray(0, keySizeBytes), nonce: bytes.subarray(keySizeBytes) };
}
