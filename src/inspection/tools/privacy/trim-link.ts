import { uint16 } from "../../file/bytes.ts";
import { trimIpv4, trimIpv6 } from "./trim-network.ts";
import { type TrimState, tunnelDepthMax } from "./trim-state.ts";

// Each function gets where its header begins and where the bytes end, and gives where what may stay ends.
// What is not known, or not whole, does not stay.

const linkType = {
  null: 0,
  ethernet: 1,
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  sll: 113,
  ipv4: 228,
  ipv6: 229,
  sll2: 276,
} as const;

/** -1 when the link type is not known: nothing of such a packet stays. */
export function trimLink(state: TrimState, end: number, type: number): number {
  switch (type) {
    case linkType.ethernet:
      return trimEthernet(state, 0, end);
    case linkType.sll:
      return trimCooked(state, end);
    case linkType.sll2:
      return trimCooked2(state, end);
    case linkType.null:
    case linkType.loop:
      return end < 4 ? 0 : trimIp(state, 4, end);
    case linkType.raw:
    case linkType.rawBsd:
    case linkType.rawOpenBsd:
    case linkType.ipv4:
    case linkType.ipv6:
      return trimIp(state, 0, end);
    default:
      return -1;
  }
}

export function trimEthernet(state: TrimState, at: number, end: number): number {
  if (end - at < 14 || ++state.depth > tunnelDepthMax) return at;
  state.mapper?.mapMac(state.bytes, at);
  state.mapper?.mapMac(state.bytes, at + 6);
  return trimEtherType(state, at + 14, end, uint16(state.bytes, at + 12));
}

/** What begins with the number of its version. */
export function trimIp(state: TrimState, at: number, end: number): number {
  const version = (state.bytes[at] ?? 0) >> 4;
  if (version === 4) return trimIpv4(state, at, end);
  return version === 6 ? trimIpv6(state, at, end) : at;
}

export function trimEtherType(state: TrimState, at: number, end: number, type: number): number {
  switch (type) {
    case 0x0800:
      return trimIpv4(state, at, end);
    case 0x86dd:
      return trimIpv6(state, at, end);
    case 0x0806:
      return trimArp(state, at, end);
    case 0x8100:
    case 0x88a8:
    case 0x9100:
      if (end - at < 4 || ++state.depth > tunnelDepthMax) return at;
      return trimEtherType(state, at + 4, end, uint16(state.bytes, at + 2));
    case 0x8847:
    case 0x8848:
      return trimMpls(state, at, end);
    case 0x8864:
      return trimPppoe(state, at, end);
    case 0x6558:
      return trimEthernet(state, at, end);
    default:
      return at;
  }
}

export function trimMpls(state: TrimState, at: number, end: number): number {
  let next = at;
  for (let label = 0; label < tunnelDepthMax && next + 4 <= end; label++) {
    next += 4;
    if (((state.bytes[next - 2] ?? 0) & 1) === 1) return trimIp(state, next, end);
  }
  return next;
}

/** RFC 2516, 4, with the protocol numbers of PPP. */
function trimPppoe(state: TrimState, at: number, end: number): number {
  const isKnown = end - at >= 8 && state.bytes[at] === 0x11 && state.bytes[at + 1] === 0;
  const protocol = uint16(state.bytes, at + 6);
  if (!isKnown || (protocol !== 0x21 && protocol !== 0x57)) return at;
  return trimIp(state, at + 8, end);
}

/** RFC 826. */
function trimArp({ bytes, mapper }: TrimState, at: number, end: number): number {
  if (end - at < 8) return at;
  const hardwareSize = bytes[at + 4] ?? 0;
  const protocolSize = bytes[at + 5] ?? 0;
  const isIpv4 = uint16(bytes, at + 2) === 0x0800 && hardwareSize === 6 && protocolSize === 4;
  if (!isIpv4 || end - at < 28) return at;
  mapper?.mapMac(bytes, at + 8);
  mapper?.map4(bytes, at + 14);
  mapper?.mapMac(bytes, at + 18);
  mapper?.map4(bytes, at + 24);
  return at + 28;
}

function trimCooked(state: TrimState, end: number): number {
  if (end < 16) return 0;
  mapCookedAddress(state, 6, uint16(state.bytes, 4));
  return trimEtherType(state, 16, end, uint16(state.bytes, 14));
}

function trimCooked2(state: TrimState, end: number): number {
  if (end < 20) return 0;
  mapCookedAddress(state, 12, state.bytes[11] ?? 0);
  return trimEtherType(state, 20, end, uint16(state.bytes, 0));
}

/** Eight bytes, of which the first `size` are the address; of a tunnel these are IP addresses. */
function mapCookedAddress({ bytes, mapper }: TrimState, at: number, size: number): void {
  if (!mapper) return;
  if (size === 6) {
    mapper.mapMac(bytes, at);
    bytes.fill(0, at + 6, at + 8);
  } else bytes.fill(0, at, at + 8);
}
