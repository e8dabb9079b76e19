import { adjustChecksum, folded, sumOf } from "./checksum.ts";
import type { Trim, TrimState } from "./trim-state.ts";

const headerSizeBytes = 8;

/** RFC 792: an error keeps the headers of the packet that it quotes. */
export function trimIcmp(state: TrimState, at: number, end: number): number {
  const { bytes, mapper } = state;
  if (end - at < headerSizeBytes) return at;
  const before = mapper ? sumOf(bytes, at, end) : 0;
  const kept = trimIcmpBody(state, at, end);
  if (mapper) adjustChecksum(bytes, at + 2, before, sumOf(bytes, at, end));
  return kept;
}

function trimIcmpBody(state: TrimState, at: number, end: number): number {
  const { bytes, mapper } = state;
  const body = at + headerSizeBytes;
  switch (bytes[at] ?? 0) {
    case 5:
      mapper?.map4(bytes, at + 4);
      return quoted(state, body, end, state.inner.ipv4);
    case 3:
    case 4:
    case 11:
    case 12:
      return quoted(state, body, end, state.inner.ipv4);
    case 13:
    case 14:
      return Math.min(end, at + 20);
    case 0:
    case 8:
    case 9:
    case 10:
    case 17:
    case 18:
      return body;
    default:
      return at + 4;
  }
}

function quoted(state: TrimState, at: number, end: number, trim: Trim): number {
  const wasQuoted = state.isQuoted;
  state.isQuoted = true;
  const kept = trim(state, at, end);
  state.isQuoted = wasQuoted;
  return kept;
}

/** RFC 4443, of which the checksum includes the addresses of IPv6. */
export function trimIcmpv6(state: TrimState, at: number, end: number): number {
  const { bytes, mapper, addressesBefore, addressesAfter } = state;
  if (end - at < headerSizeBytes) return at;
  const before = mapper ? sumOf(bytes, at, end) : 0;
  const kept = trimIcmpv6Body(state, at, end);
  if (mapper) {
    const after = sumOf(bytes, at, end);
    adjustChecksum(bytes, at + 2, folded(before + addressesBefore), folded(after + addressesAfter));
  }
  return kept;
}

function trimIcmpv6Body(state: TrimState, at: number, end: number): number {
  const { bytes } = state;
  const body = at + headerSizeBytes;
  const type = bytes[at] ?? 0;
  if (type >= 1 && type <= 4) return quoted(state, body, end, state.inner.ipv6);
  switch (type) {
    case 128:
    case 129:
    case 143:
      return body;
    case 130:
    case 131:
    case 132:
      return withAddresses(state, body, end, 1);
    case 133:
      return trimOptions(state, body, end);
    case 134:
      return end - at < 16 ? body : trimOptions(state, at + 16, end);
    case 135:
    case 136:
      return trimOptions(state, withAddresses(state, body, end, 1), end);
    case 137:
      return trimOptions(state, withAddresses(state, body, end, 2), end);
    default:
      return at + 4;
  }
}

function withAddresses(state: TrimState, at: number, end: number, count: number): number {
  if (end - at < count * 16) return at;
  for (let index = 0; index < count; index++) state.mapper?.map6(state.bytes, at + index * 16);
  return at + count * 16;
}

/** RFC 4861, 4.6: up to the first option that is not known, or that quotes a packet. */
function trimOptions(state: TrimState, from: number, end: number): number {
  const { bytes, mapper } = state;
  let at = from;
  while (at + 8 <= end) {
    const type = bytes[at] ?? 0;
    const size = (bytes[at + 1] ?? 0) * 8;
    if (size === 0 || at + size > end) return at;
    const isAddress = (type === 1 || type === 2) && size === 8;
    const isPrefix = type === 3 && size === 32;
    // A server of names, and the names to search, say where this is.
    const isPlace = !mapper && (type === 24 || type === 25 || type === 31);
    if (!isAddress && !isPrefix && !isPlace && !(type === 5 && size === 8)) return at;
    if (isAddress) mapper?.mapMac(bytes, at + 2);
    if (isPrefix && mapper) mapPrefix(state, at);
    at += size;
  }
  return at;
}

/** The bits behind a prefix are 0 before and after. */
function mapPrefix({ bytes, mapper }: TrimState, at: number): void {
  const length = Math.min(128, bytes[at + 2] ?? 0);
  mapper?.map6(bytes, at + 16);
  for (let index = 0; index < 16; index++) {
    const bits = Math.max(0, Math.min(8, length - index * 8));
    bytes[at + 16 + index] = (bytes[at + 16 + index] ?? 0) & (0xff00 >> bits);
  }
}
