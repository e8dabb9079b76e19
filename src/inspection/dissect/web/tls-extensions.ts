import { uint16 } from "../../file/bytes.ts";

/** Extensions that are read (IANA registry; RFC 6066, 7301, 8446). */
export const extensionType = {
  serverName: 0,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
} as const;

/** One extension of a hello: its content is at `start` to `end`. */
export interface TlsExtension {
  type: number;
  start: number;
  end: number;
}

/** Extensions of one hello; no real one comes near. */
const extensionCountMax = 1_024;
/** Names or numbers of one list; the rest of longer ones is not told. */
const listCountMax = 512;
const nameSizeMax = 255;

/** The extensions at `start` to `end` that are there whole. */
export function readExtensions(bytes: Uint8Array, start: number, end: number): TlsExtension[] {
  const extensions: TlsExtension[] = [];
  let at = start;
  while (at + 4 <= end && extensions.length < extensionCountMax) {
    const content = at + 4;
    const next = content + uint16(bytes, at + 2);
    if (next > end) break;
    extensions.push({ type: uint16(bytes, at), start: content, end: next });
    at = next;
  }
  return extensions;
}

export function extensionOf(
  extensions: readonly TlsExtension[],
  type: number,
): TlsExtension | undefined {
  return extensions.find((extension) => extension.type === type);
}

/** RFC 6066, 3: the host name; empty when there is none. */
export function readServerName(bytes: Uint8Array, extension: TlsExtension | undefined): string {
  if (!extension || extension.end - extension.start < 5) return "";
  const length = uint16(bytes, extension.start + 3);
  const at = extension.start + 5;
  return at + length <= extension.end ? printable(bytes, at, at + length) : "";
}

/** RFC 7301, 3.1: the names of protocols, in latin1. */
export function readAlpn(bytes: Uint8Array, extension: TlsExtension | undefined): string[] {
  const names: string[] = [];
  if (!extension) return names;
  let at = extension.start + 2;
  while (at < extension.end && names.length < listCountMax) {
    const next = at + 1 + (bytes[at] ?? 0);
    if (next > extension.end) break;
    names.push(String.fromCharCode(...bytes.subarray(at + 1, next)));
    at = next;
  }
  return names;
}

/** Numbers of two bytes each, behind their size in `prefixSize` bytes. */
export function readNumbers(
  bytes: Uint8Array,
  extension: TlsExtension | undefined,
  prefixSize = 2,
): number[] {
  if (!extension) return [];
  const start = extension.start + prefixSize;
  return readWords(bytes, start, extension.end);
}

export function readWords(bytes: Uint8Array, start: number, end: number): number[] {
  const words: number[] = [];
  for (let at = start; at + 2 <= end && words.length < listCountMax; at += 2)
    words.push(uint16(bytes, at));
  return words;
}

/** RFC 8701: values that clients make up so that servers stay tolerant. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

/** Text of names: what is no visible ASCII shows as a question mark. */
function printable(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (const byte of bytes.subarray(start, Math.min(end, start + nameSizeMax)))
    text += byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "?";
  return text;
}
