import { uint16 } from "../../file/bytes.ts";
import type { AddressMapper } from "./address-mapper.ts";

const headerSizeBytes = 12;
const labelSizeMax = 63;
const pointerBits = 0xc0;
const hiddenLabel = 0x78; // x

const type = {
  address: 1,
  nameServer: 2,
  canonicalName: 5,
  start: 6,
  pointer: 12,
  mailExchange: 15,
  address6: 28,
  service: 33,
  delegation: 39,
  options: 41,
} as const;

/**
 * Where a DNS message ends that begins at `at` and lies whole before `end`; `at` when there is none
 * (RFC 1035, 4). With a mapper its addresses are mapped, and what may hold others is emptied.
 */
export function trimDns(
  bytes: Uint8Array,
  at: number,
  end: number,
  mapper: AddressMapper | null,
): number {
  if (end - at < headerSizeBytes) return at;
  const hidesNumbers = mapper !== null && hasReverseName(bytes, at, end);
  const reader: Reader = { bytes, end, mapper, hidesNumbers };
  const questionCount = uint16(bytes, at + 4);
  const recordCount = uint16(bytes, at + 6) + uint16(bytes, at + 8) + uint16(bytes, at + 10);
  let next = at + headerSizeBytes;
  for (let index = 0; index < questionCount; index++) {
    const name = endOfName(reader, next);
    if (name < 0 || name + 4 > end) return at;
    next = name + 4;
  }
  for (let index = 0; index < recordCount; index++) {
    next = endOfRecord(reader, next);
    if (next < 0) return at;
  }
  return next;
}

/** The messages that lie whole in a segment, each behind its length (RFC 1035, 4.2.2). */
export function trimDnsStream(
  bytes: Uint8Array,
  from: number,
  end: number,
  mapper: AddressMapper | null,
): number {
  let at = from;
  while (at + 2 + headerSizeBytes <= end) {
    const next = at + 2 + uint16(bytes, at);
    if (next > end || trimDns(bytes, at + 2, next, mapper) !== next) return at;
    at = next;
  }
  return at;
}

interface Reader {
  bytes: Uint8Array;
  end: number;
  mapper: AddressMapper | null;
  hidesNumbers: boolean;
}

/** Behind the record at `at`; -1 when it is none. */
function endOfRecord(reader: Reader, at: number): number {
  const { bytes, end, mapper } = reader;
  const fixed = endOfName(reader, at);
  if (fixed < 0 || fixed + 10 > end) return -1;
  const data = fixed + 10;
  const next = data + uint16(bytes, fixed + 8);
  if (next > end) return -1;
  if (mapper && next > data) mapData(reader, uint16(bytes, fixed), data, next);
  return next;
}

/** Signatures go as well: with them guesses of the address that was signed could be tried. */
function mapData(reader: Reader, recordType: number, at: number, end: number): void {
  const { bytes, mapper } = reader;
  const size = end - at;
  switch (recordType) {
    case type.address:
      if (size === 4) return mapper?.map4(bytes, at);
      break;
    case type.address6:
      if (size === 16) return mapper?.map6(bytes, at);
      break;
    case type.nameServer:
    case type.canonicalName:
    case type.pointer:
    case type.delegation:
      if (endOfName(reader, at) === end) return;
      break;
    case type.start:
      if (endOfName(reader, endOfName(reader, at)) === end - 20) return;
      break;
    case type.mailExchange:
      if (endOfName(reader, at + 2) === end) return;
      break;
    case type.service:
      if (endOfName(reader, at + 6) === end) return;
      break;
    case type.options:
      return emptyOptions(bytes, at, end);
  }
  bytes.fill(0, at, end);
}

/** EDNS options keep their number and their length (RFC 6891, 6.1.2); a client's subnet is one (RFC 7871). */
function emptyOptions(bytes: Uint8Array, from: number, end: number): void {
  for (let at = from; at < end;) {
    const next = Math.min(end, at + 4 + uint16(bytes, at + 2));
    if (at + 4 > end) return void bytes.fill(0, at, end);
    bytes.fill(0, at + 4, next);
    at = next;
  }
}

/** Behind the name at `at`; -1 when it is none. */
function endOfName({ bytes, end, hidesNumbers }: Reader, from: number): number {
  if (from < 0) return -1;
  let at = from;
  while (at < end) {
    const size = bytes[at] ?? 0;
    if (size === 0) return at + 1;
    if (size >= pointerBits) return at + 2 <= end ? at + 2 : -1;
    if (size > labelSizeMax || at + 1 + size > end) return -1;
    if (hidesNumbers && isNumber(bytes, at + 1, size)) {
      bytes.fill(hiddenLabel, at + 1, at + 1 + size);
    }
    at += 1 + size;
  }
  return -1;
}

const numberLengthMax = 7;

/** Digits of an address turned round, or a range of them (RFC 2317, 4). */
function isNumber(bytes: Uint8Array, at: number, size: number): boolean {
  if (size > numberLengthMax) return false;
  for (let index = at; index < at + size; index++) {
    const byte = bytes[index] ?? 0;
    const isDigit = byte >= 0x2d && byte <= 0x39 && byte !== 0x2e;
    const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66;
    if (!isDigit && !isLetter) return false;
  }
  return true;
}

const reverseZone = [4, 0x61, 0x72, 0x70, 0x61, 0] as const;

/** Says whether some name in the message ends in "arpa", written in either case. */
function hasReverseName(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from + headerSizeBytes; at + reverseZone.length <= end; at++) {
    if (bytes[at] !== 4) continue;
    if (reverseZone.every((byte, index) => letter(bytes[at + index] ?? 0) === byte)) return true;
  }
  return false;
}

const letter = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);
