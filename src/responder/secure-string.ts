import { createCipheriv, createDecipheriv } from "node:crypto";
import { NightcapError } from "../common/errors.ts";

/**
 * PowerShell's `ConvertFrom-SecureString -Key` text (PowerShell source, SecureStringHelper): the header,
 * then base64 of UTF-16LE text `2|base64(IV)|hex(AES-CBC-PKCS7(UTF-16LE(plain)))`.
 */
export const secureStringHeader = "76492d1116743f0423413b16050a5345";

const version = "2";
const ivSizeBytes = 16;
const keySizesBytes: readonly number[] = [16, 24, 32];
const keyFileSizeBytesMax = 4_096;
const textLengthMax = 1 << 20;
const base64Pattern = /^[A-Za-z0-9+/]+={0,2}$/;

/** True when the text carries PowerShell's header, in any case, as `ConvertTo-SecureString` compares it. */
export function isSecureString(text: string): boolean {
  return text.trimStart().slice(0, secureStringHeader.length).toLowerCase() === secureStringHeader;
}

/** `plain` as PowerShell's text; `iv` is 16 random bytes, never used twice with one key. */
export function encryptSecureString(plain: string, key: Uint8Array, iv: Uint8Array): string {
  const cipher = createCipheriv(algorithmFor(key), key, iv);
  const encrypted = Buffer.concat([cipher.update(plain, "utf16le"), cipher.final()]);
  const body = [version, Buffer.from(iv).toString("base64"), encrypted.toString("hex")].join("|");
  return secureStringHeader + Buffer.from(body, "utf16le").toString("base64");
}

/** The secret in PowerShell's text. Throws `SecretUnreadable`, whose message never holds the secret. */
export function decryptSecureString(text: string, key: Uint8Array): string {
  const algorithm = algorithmFor(key);
  const { iv, encrypted } = readParts(text.trim());
  try {
    const decipher = createDecipheriv(algorithm, key, iv);
    const plain = Buffer.concat([decipher.update(encrypted), decipher.final()]);
    if (plain.length % 2 !== 0) throw unreadable("decrypted text is not UTF-16");
    return plain.toString("utf16le");
  } catch {
    // The cause is left out: OpenSSL's words say nothing more, and an attacker nothing less.
    throw unreadable("encrypted text does not open with this key: another key, or damaged text");
  }
}

/**
 * The key in a key file as `Set-Content $path $bytes` writes it: one decimal byte a line, CRLF or LF,
 * ANSI, UTF-8 or UTF-16 with its byte order mark. Throws `SecretUnreadable` that names the line only.
 */
export function readSecureStringKey(file: Uint8Array): Uint8Array {
  if (file.length > keyFileSizeBytesMax) {
    throw unreadable(`key file has ${file.length} bytes; at most ${keyFileSizeBytesMax} allowed`);
  }
  const lines = decodeText(file).trimEnd().split(/\r?\n/);
  const bytes = lines.map((line, index) => {
    const value = /^\s*\d{1,3}\s*$/.test(line) ? Number(line) : Number.NaN;
    if (value <= 255) return value;
    throw unreadable(`key file, line ${index + 1}: not a decimal byte from 0 to 255`);
  });
  algorithmFor(Uint8Array.from(bytes));
  return Uint8Array.from(bytes);
}

/** The text of a key file as Windows PowerShell writes it: CRLF after each byte. */
export function formatSecureStringKey(key: Uint8Array): string {
  return Array.from(key, (byte) => `${byte}\r\n`).join("");
}

function algorithmFor(key: Uint8Array): string {
  if (keySizesBytes.includes(key.length)) return `aes-${key.length * 8}-cbc`;
  throw unreadable(`key has ${key.length} bytes; ${keySizesBytes.join(", ")} allowed`);
}

function readParts(text: string): { iv: Buffer; encrypted: Buffer } {
  if (text.length > textLengthMax) {
    throw unreadable(`encrypted text has ${text.length} characters; ${textLengthMax} allowed`);
  }
  if (!isSecureString(text)) {
    throw unreadable("encrypted text does not begin with PowerShell's SecureString header");
  }
  const encoded = text.slice(secureStringHeader.length);
  if (!base64Pattern.test(encoded)) throw unreadable("encrypted text is not base64");
  const parts = Buffer.from(encoded, "base64").toString("utf16le").split("|");
  const [found, iv = "", encrypted = ""] = parts;
  if (parts.length !== 3 || found !== version) {
    throw unreadable(`encrypted text is not of version ${version} with three parts`);
  }
  const ivBytes = base64Pattern.test(iv) ? Buffer.from(iv, "base64") : Buffer.alloc(0);
  if (ivBytes.length !== ivSizeBytes) {
    throw unreadable(
      `encrypted text has an IV of ${ivBytes.length} bytes; ${ivSizeBytes} expected`,
    );
  }
  if (!/^(?:[0-9a-f]{32})+$/i.test(encrypted)) {
    throw unreadable("encrypted text has a cipher part that is not hex of whole AES blocks");
  }
  return { iv: ivBytes, encrypted: Buffer.from(encrypted, "hex") };
}

function decodeText(bytes: Uint8Array): string {
  const big = bytes[0] === 0xfe && bytes[1] === 0xff;
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(big ? "utf-16be" : little ? "utf-16le" : "utf-8").decode(bytes);
}

function unreadable(message: string): NightcapError {
  return new NightcapError("SecretUnreadable", message);
}
