import { uint16 } from "../../src/inspection/file/bytes.ts";

/** Tells where an address lies. */
export type AddressFound = (at: number, isIpv6: boolean) => void;

const tagCountMax = 4;
const labelCountMax = 8;
const extensionCountMax = 8;
const nestingMax = 6;

interface Walk {
  bytes: Uint8Array;
  end: number;
  found: AddressFound;
}

/** Finds the IPv4 and IPv6 addresses in the headers of an Ethernet frame, tunnels and ICMP errors included. */
export function findAddresses(
  bytes: Uint8Array,
  at: number,
  end: number,
  found: AddressFound,
): void {
  const walk = { bytes, end, found };
  let typeAt = at + 12;
  for (let tags = 0; tags < tagCountMax && isTag(uint16(bytes, typeAt)); tags++) typeAt += 4;
  if (typeAt + 2 <= end) findInType(walk, typeAt + 2, uint16(bytes, typeAt), 0);
}

function isTag(etherType: number): boolean {
  return etherType === 0x8100 || etherType === 0x88a8 || etherType === 0x9100;
}

function findInType(walk: Walk, at: number, etherType: number, nesting: number): void {
  switch (etherType) {
    case 0x0800:
      return findInIpv4(walk, at, nesting);
    case 0x86dd:
      return findInIpv6(walk, at, nesting);
    case 0x0806:
      return findInArp(walk, at);
    case 0x8847:
    case 0x8848:
      return findBelowLabels(walk, at);
    case 0x8864:
      return findInPpp(walk, at + 6);
    default:
  }
}

function findInArp({ bytes, end, found }: Walk, at: number): void {
  if (at + 28 > end || uint16(bytes, at + 2) !== 0x0800 || uint16(bytes, at + 4) !== 0x0604) return;
  found(at + 14, false);
  found(at + 24, false);
}

function findBelowLabels(walk: Walk, start: number): void {
  let at = start;
  for (let labels = 0; labels < labelCountMax; labels++) {
    at += 4;
    if (((walk.bytes[at - 2] ?? 0) & 1) === 1) break;
  }
  findByVersion(walk, at);
}

function findByVersion(walk: Walk, at: number): void {
  const version = (walk.bytes[at] ?? 0) >> 4;
  if (version === 4) findInIpv4(walk, at, 1);
  if (version === 6) findInIpv6(walk, at, 1);
}

function findInPpp(walk: Walk, at: number): void {
  const protocol = uint16(walk.bytes, at);
  if (protocol === 0x0021) findInIpv4(walk, at + 2, 1);
  if (protocol === 0x0057) findInIpv6(walk, at + 2, 1);
}

function findInIpv4(walk: Walk, at: number, nesting: number): void {
  const { bytes, end, found } = walk;
  if (at + 20 > end || (bytes[at] ?? 0) >> 4 !== 4) return;
  found(at + 12, false);
  found(at + 16, false);
  const isLaterFragment = (uint16(bytes, at + 6) & 0x1fff) !== 0;
  const payload = at + ((bytes[at] ?? 0) & 0x0f) * 4;
  if (!isLaterFragment) findInIpPayload(walk, payload, bytes[at + 9] ?? 0, nesting);
}

function findInIpv6(walk: Walk, at: number, nesting: number): void {
  const { bytes, end, found } = walk;
  if (at + 40 > end || (bytes[at] ?? 0) >> 4 !== 6) return;
  found(at + 8, true);
  found(at + 24, true);
  let next = bytes[at + 6] ?? 0;
  let payload = at + 40;
  for (let count = 0; count < extensionCountMax && isExtension(next); count++) {
    const size = next === 44 ? 8 : ((bytes[payload + 1] ?? 0) + 1) * 8;
    next = bytes[payload] ?? 0;
    payload += size;
  }
  findInIpPayload(walk, payload, next, nesting);
}

function isExtension(protocol: number): boolean {
  return protocol === 0 || protocol === 43 || protocol === 44 || protocol === 60;
}

function findInIpPayload(walk: Walk, at: number, protocol: number, nesting: number): void {
  if (at + 8 > walk.end || nesting >= nestingMax) return;
  const type = walk.bytes[at] ?? 0;
  if (protocol === 4) findInIpv4(walk, at, nesting + 1);
  if (protocol === 41) findInIpv6(walk, at, nesting + 1);
  if (protocol === 47) findInGre(walk, at, nesting + 1);
  if (protocol === 1 && icmpErrors.has(type)) findInIpv4(walk, at + 8, nesting + 1);
  if (protocol !== 58) return;
  if (type >= 1 && type <= 4) findInIpv6(walk, at + 8, nesting + 1);
  // Neighbour solicitation and advertisement name their target.
  if ((type === 135 || type === 136) && at + 24 <= walk.end) walk.found(at + 8, true);
}

const icmpErrors: ReadonlySet<number> = new Set([3, 4, 5, 11, 12]);

/** RFC 2784 and 2890: checksum, key and sequence number are there by flag. */
function findInGre(walk: Walk, at: number, nesting: number): void {
  const flags = walk.bytes[at] ?? 0;
  const optional = [0x80, 0x20, 0x10].filter((flag) => (flags & flag) !== 0).length;
  findInType(walk, at + 4 + optional * 4, uint16(walk.bytes, at + 2), nesting);
}

/**
 * Makes another address of the one at `at`, the same one for the same `change`. It is neutral to
 * checksums, as RFC 6296 has it: what one word gains another loses, so no checksum over the address (IPv4
 * header, pseudo headers, an ICMP error's quote) needs to be made anew.
 */
export function changeAddress(
  bytes: Uint8Array,
  at: number,
  isIpv6: boolean,
  change: number,
): void {
  if (isIpv6) {
    if (isKeptIpv6(bytes, at)) return;
    changeWord(bytes, at + 8, change & 0xffff);
    return;
  }
  const first = bytes[at] ?? 0;
  // This host and network, loopback, multicast and broadcast stay what they are.
  if (first === 0 || first === 127 || first >= 224) return;
  changeWord(bytes, at, change & 0x1fff);
}

/** Multicast, loopback, unspecified and IPv4-mapped addresses. */
function isKeptIpv6(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff || bytes[at] === 0;
}

/** Flips bits of the word at `at` and makes up for it in the next one, in one's complement arithmetic. */
function changeWord(bytes: Uint8Array, at: number, bits: number): void {
  if (bits === 0) return;
  const old = uint16(bytes, at);
  const changed = old ^ bits;
  let rest = uint16(bytes, at + 2) + old + (~changed & 0xffff);
  rest = (rest & 0xffff) + (rest >>> 16);
  rest = (rest & 0xffff) + (rest >>> 16);
  bytes[at] = changed >>> 8;
  bytes[at + 1] = changed & 0xff;
  bytes[at + 2] = rest >>> 8;
  bytes[at + 3] = rest & 0xff;
}
