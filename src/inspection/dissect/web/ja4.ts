// JA4, the fingerprint of a TLS client, after FoxIO's published technical description (BSD licence).
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { newestVersion, type ClientHello } from "./client-hello.ts";
import { extensionType, isGrease } from "./tls-extensions.ts";

/** What the ClientHello came in: TLS over TCP, QUIC, or DTLS. */
export type Ja4Transport = "t" | "q" | "d";

const hashSizeChars = 12;
const countMax = 99;
const versionNames = new Map([
  [0x0304, "13"],
  [0x0303, "12"],
  [0x0302, "11"],
  [0x0301, "10"],
  [0x0300, "s3"],
  [0x0002, "s2"],
  [0xfeff, "d1"],
  [0xfefd, "d2"],
  [0xfefc, "d3"],
]);

/** The fingerprint: what the client is, a hash of its ciphers, a hash of its extensions. */
export function ja4(hello: ClientHello, transport: Ja4Transport): string {
  const ciphers = hello.cipherSuites.filter((value) => !isGrease(value));
  const extensions = hello.extensions.map(({ type }) => type).filter((type) => !isGrease(type));
  const first = [
    transport,
    versionNames.get(newestVersion(hello)) ?? "00",
    extensions.includes(extensionType.serverName) ? "d" : "i",
    countText(ciphers.length),
    countText(extensions.length),
    alpnText(hello.alpn[0] ?? ""),
  ].join("");
  return `${first}_${hashed(sorted(ciphers))}_${extensionHash(hello, extensions)}`;
}

/** The names of server and protocol are told in the first part, and left out here. */
function extensionHash(hello: ClientHello, extensions: readonly number[]): string {
  const types = sorted(
    extensions.filter((type) => type !== extensionType.serverName && type !== extensionType.alpn),
  );
  const algorithms = hello.signatureAlgorithms.filter((value) => !isGrease(value)).map(hexWord);
  if (types.length === 0) return hashed([]);
  return hashed(algorithms.length === 0 ? types : [`${types.join(",")}_${algorithms.join(",")}`]);
}

const countText = (count: number): string => String(Math.min(count, countMax)).padStart(2, "0");
const hexWord = (value: number): string => value.toString(16).padStart(4, "0");
const sorted = (values: readonly number[]): string[] => values.map(hexWord).toSorted();

function hashed(values: readonly string[]): string {
  if (values.length === 0) return "0".repeat(hashSizeChars);
  return bytesToHex(sha256(utf8ToBytes(values.join(",")))).slice(0, hashSizeChars);
}

/** First and last character of the first protocol; of its bytes in hexadecimal when they are no letters. */
function alpnText(name: string): string {
  if (name === "") return "00";
  const ends = name.charAt(0) + name.charAt(name.length - 1);
  if (/^[0-9A-Za-z]{2}$/.test(ends)) return ends;
  const hex = Array.from(name, (letter) => letter.charCodeAt(0).toString(16).padStart(2, "0")).join(
    "",
  );
  return hex.charAt(0) + hex.charAt(hex.length - 1);
}
