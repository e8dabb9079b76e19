// JA4, the fingerprint of a TLS client, after FoxIO's published technical description (BSD licence).
import { newestVersion, type ClientHello } from "./client-hello.ts";
import { hashEnd, newHashState } from "./sha-256.ts";
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
  const cipherCount = takeSorted(hello.cipherSuites, noTypes);
  const ciphers = hashOf(cipherCount, []);
  const typeCount = takeSorted(hello.extensions, namingTypes);
  const extensions = hashOf(typeCount, typeCount === 0 ? [] : hello.signatureAlgorithms);
  const first =
    transport +
    (versionNames.get(newestVersion(hello)) ?? "00") +
    (hello.extensions.includes(extensionType.serverName) ? "d" : "i") +
    countText(cipherCount) +
    countText(countOf(hello.extensions)) +
    alpnText(hello.alpn[0] ?? "");
  return `${first}_${ciphers}_${extensions}`;
}

const countText = (count: number): string => String(Math.min(count, countMax)).padStart(2, "0");

function countOf(values: readonly number[]): number {
  let count = 0;
  for (const value of values) if (!isGrease(value)) count++;
  return count;
}

const noTypes: readonly number[] = [];
/** The names of server and protocol are told in the first part, and left out of the hash. */
const namingTypes: readonly number[] = [extensionType.serverName, extensionType.alpn];

/** As many values as a hello may have, and their text with a character behind each. */
const valueCountMax = 1_024;
const sorted = new Uint16Array(valueCountMax);
const text = new Uint8Array(2 * 5 * valueCountMax);

/** Puts the values into `sorted`, without those that clients make up, and returns how many there are. */
function takeSorted(values: readonly number[], without: readonly number[]): number {
  let count = 0;
  for (const value of values)
    if (!isGrease(value) && !without.includes(value)) sorted[count++] = value;
  sorted.subarray(0, count).sort();
  return count;
}

const comma = 44;
const underscore = 95;
const hexDigits = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** The hash of the first `count` of `sorted` and of the algorithms behind them, in their own order. */
function hashOf(count: number, algorithms: readonly number[]): string {
  if (count === 0) return "0".repeat(hashSizeChars);
  let size = 0;
  for (let index = 0; index < count; index++) size = addWord(size, sorted[index] ?? 0, comma);
  let separator = underscore;
  for (const algorithm of algorithms) {
    if (isGrease(algorithm)) continue;
    text[size - 1] = separator;
    separator = comma;
    size = addWord(size, algorithm, comma);
  }
  const state = newHashState();
  hashEnd(state, text, size - 1, 0);
  return hexOf(state[0] ?? 0, 8) + hexOf((state[1] ?? 0) >>> 16, 4);
}

/** Adds a number as four digits, and a character; where the text ends now. */
function addWord(size: number, value: number, behind: number): number {
  for (let digit = 0; digit < 4; digit++)
    text[size + digit] = hexDigits[(value >>> (12 - 4 * digit)) & 15] ?? 0;
  text[size + 4] = behind;
  return size + 5;
}

function hexOf(word: number, digitCount: number): string {
  return (word >>> 0).toString(16).padStart(digitCount, "0");
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
