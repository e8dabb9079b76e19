import { uint16 } from "../../file/bytes.ts";
import { adjustChecksum, sumOf } from "./checksum.ts";
import { trimIcmp, trimIcmpv6 } from "./trim-icmp.ts";
import { type TrimState, tunnelDepthMax } from "./trim-state.ts";
import { trimTcp, trimUdp } from "./trim-transport.ts";

const ipv6HeaderSizeBytes = 40;
const extensionCountMax = 16;
const noOperation = 1;

/** RFC 791, 3.1. Padding behind the packet's own length is not the packet's, and is cut. */
export function trimIpv4(state: TrimState, at: number, end: number): number {
  const { bytes, mapper } = state;
  const size = ((bytes[at] ?? 0) & 15) * 4;
  const isWhole = (bytes[at] ?? 0) >> 4 === 4 && size >= 20 && end - at >= size;
  if (!isWhole || ++state.depth > tunnelDepthMax) return at;
  const length = uint16(bytes, at + 2);
  // 0 is of a packet that the network card was to cut into several.
  const limit = length >= size ? Math.min(end, at + length) : end;
  noteAddresses(state, at + 12, 8);
  if (mapper) {
    const before = sumOf(bytes, at, at + size);
    mapper.map4(bytes, at + 12);
    mapper.map4(bytes, at + 16);
    eraseIpv4Options(bytes, at + 20, at + size);
    state.addressesAfter = sumOf(bytes, at + 12, at + 20);
    adjustChecksum(bytes, at + 10, before, sumOf(bytes, at, at + size));
  }
  if ((uint16(bytes, at + 6) & 0x1fff) !== 0) return at + size;
  return trimProtocol(state, at + size, limit, bytes[at + 9] ?? 0);
}

/** Routes and records of routes hold addresses: of the options only the router alert stays. */
function eraseIpv4Options(bytes: Uint8Array, from: number, end: number): void {
  for (let at = from; at < end;) {
    const kind = bytes[at] ?? 0;
    const size = kind <= noOperation ? 1 : Math.max(2, bytes[at + 1] ?? 0);
    const next = Math.min(end, at + size);
    if (kind === 0) return void bytes.fill(0, at, end);
    if (kind !== noOperation && kind !== 0x94) bytes.fill(noOperation, at, next);
    at = next;
  }
}

function noteAddresses(state: TrimState, at: number, size: number): void {
  state.addressesAt = at;
  state.addressesSize = size;
  state.addressesBefore = state.mapper ? sumOf(state.bytes, at, at + size) : 0;
  state.addressesAfter = state.addressesBefore;
}

/** RFC 8200, 3. */
export function trimIpv6(state: TrimState, at: number, end: number): number {
  const { bytes, mapper } = state;
  const isWhole = (bytes[at] ?? 0) >> 4 === 6 && end - at >= ipv6HeaderSizeBytes;
  if (!isWhole || ++state.depth > tunnelDepthMax) return at;
  const next = at + ipv6HeaderSizeBytes;
  const length = uint16(bytes, at + 4);
  const limit = length > 0 ? Math.min(end, next + length) : end;
  noteAddresses(state, at + 8, 32);
  if (mapper) {
    mapper.map6(bytes, at + 8);
    mapper.map6(bytes, at + 24);
    state.addressesAfter = sumOf(bytes, at + 8, next);
  }
  return trimExtensions(state, next, limit, bytes[at + 6] ?? 0);
}

/** RFC 8200, 4: the headers between IPv6 and what it carries. */
function trimExtensions(state: TrimState, from: number, end: number, first: number): number {
  const { bytes, mapper } = state;
  let at = from;
  let kind = first;
  for (let count = 0; count < extensionCountMax; count++) {
    if (kind !== 0 && kind !== 43 && kind !== 44 && kind !== 60)
      return trimProtocol(state, at, end, kind);
    const size = kind === 44 ? 8 : ((bytes[at + 1] ?? 0) + 1) * 8;
    if (end - at < size) return at;
    if (mapper && kind !== 44) eraseExtension(bytes, at, size, kind);
    if (kind === 44 && (uint16(bytes, at + 2) & 0xfff8) !== 0) return at + size;
    kind = bytes[at] ?? 0;
    at += size;
  }
  return at;
}

/** Home addresses and routes are addresses: options become padding, and a route becomes empty. */
function eraseExtension(bytes: Uint8Array, at: number, size: number, kind: number): void {
  if (kind === 43) return void bytes.fill(0, at + 4, at + size);
  for (let option = at + 2; option < at + size;) {
    const type = bytes[option] ?? 0;
    if (type === 0) {
      option++;
      continue;
    }
    const next = Math.min(at + size, option + 2 + (bytes[option + 1] ?? 0));
    // The router alert (RFC 2711) and the size of a jumbogram (RFC 2675) stay.
    if (type !== 5 && type !== 0xc2) {
      bytes[option] = 1;
      bytes.fill(0, option + 2, next);
    }
    option = next;
  }
}

/** What IP carries, by its number (IANA's "Protocol Numbers"). */
function trimProtocol(state: TrimState, at: number, end: number, protocol: number): number {
  const first = (size: number): number => (end - at >= size ? at + size : at);
  switch (protocol) {
    case 1:
      return trimIcmp(state, at, end);
    case 2:
      return first(8);
    case 4:
      return trimIpv4(state, at, end);
    case 6:
      return trimTcp(state, at, end);
    case 17:
    case 136:
      return trimUdp(state, at, end, protocol === 136);
    case 41:
      return trimIpv6(state, at, end);
    case 47:
      return trimGre(state, at, end);
    case 50:
      return first(8);
    case 51:
      return trimAuthentication(state, at, end);
    case 58:
      return trimIcmpv6(state, at, end);
    case 132:
      return first(12);
    case 137:
      return state.inner.mpls(state, at, end);
    default:
      return at;
  }
}

/** RFC 4302, 2. */
function trimAuthentication(state: TrimState, at: number, end: number): number {
  const size = ((state.bytes[at + 1] ?? 0) + 2) * 4;
  if (end - at < size || size < 12 || ++state.depth > tunnelDepthMax) return at;
  return trimProtocol(state, at + size, end, state.bytes[at] ?? 0);
}

/** RFC 2784 and RFC 2890; other versions carry what is not looked into. */
function trimGre(state: TrimState, at: number, end: number): number {
  const { bytes } = state;
  const flags = uint16(bytes, at);
  const hasChecksum = (flags & 0x8000) !== 0;
  const size = 4 + (hasChecksum ? 4 : 0) + ((flags & 0x2000) >> 11) + ((flags & 0x1000) >> 10);
  if ((flags & 0x4007) !== 0 || end - at < size) return at;
  const type = uint16(bytes, at + 2);
  const before = hasChecksum ? sumOf(bytes, at, end) : 0;
  const kept =
    type === 0x6558
      ? state.inner.ethernet(state, at + size, end)
      : state.inner.etherType(state, at + size, end, type);
  if (hasChecksum) adjustChecksum(bytes, at + 4, before, sumOf(bytes, at, end));
  return kept;
}
