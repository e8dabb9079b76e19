import { uint16 } from "../../file/bytes.ts";
import type { KnownTexts } from "../known-texts.ts";

/** Extensions that are read (IANA registry; RFC 6066, 7301, 8446). */
export const extensionType = {
  serverName: 0,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
} as const;
type ReadType = (typeof extensionType)[keyof typeof extensionType];

const readTypeMax = extensionType.supportedVersions;

/** Extensions of one hello; no real one comes near. */
const extensionCountMax = 1_024;
/** Names or numbers of one list; the rest of longer ones is not told. */
const listCountMax = 512;
const nameSizeMax = 255;

/**
 * Where the content of each type begins and ends in the hello that was read last, -1 where there is none. Of
 * the extensions of a hello few are looked into, and no object is made of any.
 */
const starts = new Int32Array(readTypeMax + 1);
const ends = new Int32Array(readTypeMax + 1);

/** The types of the extensions at `start` to `end` that are there whole; the first of each type is found. */
export function readExtensions(bytes: Uint8Array, start: number, end: number): number[] {
  starts.fill(-1);
  ends.fill(-1);
  const types: number[] = [];
  let at = start;
  while (at + 4 <= end && types.length < extensionCountMax) {
    const type = uint16(bytes, at);
    const content = at + 4;
    const next = content + uint16(bytes, at + 2);
    if (next > end) break;
    types.push(type);
    if (type <= readTypeMax && starts[type] === -1) {
      starts[type] = content;
      ends[type] = next;
    }
    at = next;
  }
  return types;
}

/** Where the content of the hello's first extension of this type begins, -1 where there is none. */
export function extensionStart(type: ReadType): number {
  return starts[type] ?? -1;
}

export function extensionEnd(type: ReadType): number {
  return ends[type] ?? -1;
}

/** RFC 6066, 3: the host name; empty when there is none. */
export function readServerName(texts: KnownTexts, bytes: Uint8Array): string {
  const start = extensionStart(extensionType.serverName);
  const end = extensionEnd(extensionType.serverName);
  if (start < 0 || end - start < 5) return "";
  const length = uint16(bytes, start + 3);
  const at = start + 5;
  return at + length <= end ? printable(texts, bytes, at, length) : "";
}

/** RFC 7301, 3.1: the names of protocols, in latin1. */
export function readAlpn(texts: KnownTexts, bytes: Uint8Array): string[] {
  const names: string[] = [];
  const end = extensionEnd(extensionType.alpn);
  let at = extensionStart(extensionType.alpn) + 2;
  while (at < end && names.length < listCountMax) {
    const next = at + 1 + (bytes[at] ?? 0);
    if (next > end) break;
    names.push(protocolName(texts, bytes, at + 1, next));
    at = next;
  }
  return names;
}

function protocolName(texts: KnownTexts, bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at < end; at++)
    if ((bytes[at] ?? 0) > 0x7f) return String.fromCharCode(...bytes.subarray(start, end));
  return texts.of(bytes, start, end);
}

/** Numbers of two bytes each, behind their size in `prefixSize` bytes. */
export function readNumbers(bytes: Uint8Array, type: ReadType, prefixSize: number): number[] {
  const start = extensionStart(type);
  return start < 0 ? [] : readWords(bytes, start + prefixSize, extensionEnd(type));
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

const shown = new Uint8Array(nameSizeMax);

/** Text of names: what is no visible ASCII shows as a question mark. */
function printable(texts: KnownTexts, bytes: Uint8Array, start: number, length: number): string {
  const size = Math.min(length, nameSizeMax);
  for (let index = 0; index < size; index++) {
    const byte = bytes[start + index] ?? 0;
    shown[index] = byte > 0x20 && byte < 0x7f ? byte : 63;
  }
  return texts.of(shown, 0, size);
}
