import { uint16 } from "../../file/bytes.ts";
import { adjustChecksum, adjustUdpChecksum, folded, sumOf } from "./checksum.ts";
import { trimDns, trimDnsStream } from "./dns-message.ts";
import { endOfRequestLine } from "./http-request-line.ts";
import { endOfInitial } from "./quic-initial.ts";
import { type TrimState, tunnelDepthMax } from "./trim-state.ts";

const tcpHeaderSizeBytes = 20;
const udpHeaderSizeBytes = 8;
const dnsPort = 53;
const namePorts: ReadonlySet<number> = new Set([dnsPort, 5353, 5355]);
const vxlanPorts: ReadonlySet<number> = new Set([4789, 8472]);
const genevePort = 6081;
const noOperation = 1;

/** RFC 9293, 3.1. */
export function trimTcp(state: TrimState, at: number, end: number): number {
  const { bytes, mapper, addressesBefore, addressesAfter } = state;
  // An ICMP error may quote no more than the first eight bytes.
  if (end - at < tcpHeaderSizeBytes) return end - at >= 8 ? at + 8 : at;
  const size = ((bytes[at + 12] ?? 0) >> 4) * 4;
  if (size < tcpHeaderSizeBytes || end - at < size) {
    if (mapper) adjustChecksum(bytes, at + 16, addressesBefore, addressesAfter);
    return at + tcpHeaderSizeBytes;
  }
  const changes = mapper !== null || state.keepsRequestLines;
  const before = changes ? folded(sumOf(bytes, at, end) + addressesBefore) : 0;
  if (mapper) eraseTcpOptions(bytes, at + tcpHeaderSizeBytes, at + size);
  const kept = trimTcpPayload(state, at, at + size, end);
  if (changes) {
    const after = folded(sumOf(bytes, at, end) + addressesAfter);
    adjustChecksum(bytes, at + 16, before, after);
  }
  return kept;
}

function trimTcpPayload(state: TrimState, at: number, payload: number, end: number): number {
  if (!state.keepsNames || state.isQuoted || payload >= end) return payload;
  const { bytes } = state;
  if (uint16(bytes, at) === dnsPort || uint16(bytes, at + 2) === dnsPort)
    return trimDnsStream(bytes, payload, end, state.mapper);
  const last = state.hellos.endOf(state, at, payload, end);
  if (last > payload || !state.keepsRequestLines) return last;
  return endOfRequestLine(bytes, payload, end, state.mapper !== null);
}

/** Kinds that hold no address and no name: RFC 9293, 7323, 2018, 7413; of Multipath TCP see below. */
const tcpOptionKinds: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 5, 8, 34]);
const multipathKind = 30;
const addAddressSubtype = 3;

/** Some options tell of addresses (RFC 8684, 3.4.1, and those of load balancers): only known ones stay. */
function eraseTcpOptions(bytes: Uint8Array, from: number, end: number): void {
  for (let at = from; at < end;) {
    const kind = bytes[at] ?? 0;
    if (kind === 0) return void bytes.fill(0, at, end);
    const next = kind === noOperation ? at + 1 : at + Math.max(2, bytes[at + 1] ?? 0);
    const subtype = (bytes[at + 2] ?? 0) >> 4;
    const isKnown =
      tcpOptionKinds.has(kind) || (kind === multipathKind && subtype !== addAddressSubtype);
    if (!isKnown || next > end) bytes.fill(noOperation, at, Math.min(end, next));
    at = next;
  }
}

/** RFC 768; `isLite` is RFC 3828, which has the same fields in the same places but no length. */
export function trimUdp(state: TrimState, at: number, end: number, isLite: boolean): number {
  const { bytes, mapper, addressesBefore, addressesAfter } = state;
  if (end - at < udpHeaderSizeBytes) return at;
  const length = uint16(bytes, at + 4);
  const limit = !isLite && length >= udpHeaderSizeBytes ? Math.min(end, at + length) : end;
  const before = mapper ? folded(sumOf(bytes, at, limit) + addressesBefore) : 0;
  const kept = trimUdpPayload(state, at, limit);
  if (mapper) {
    const after = folded(sumOf(bytes, at, limit) + addressesAfter);
    adjustUdpChecksum(bytes, at + 6, before, after);
  }
  return kept;
}

function trimUdpPayload(state: TrimState, at: number, end: number): number {
  const { bytes } = state;
  const payload = at + udpHeaderSizeBytes;
  const to = uint16(bytes, at + 2);
  if (vxlanPorts.has(to)) return trimVxlan(state, payload, end);
  if (to === genevePort) return trimGeneve(state, payload, end);
  if (!state.keepsNames || state.isQuoted) return payload;
  if (namePorts.has(to) || namePorts.has(uint16(bytes, at)))
    return trimDns(bytes, payload, end, state.mapper);
  return endOfInitial(bytes, payload, end);
}

/** RFC 7348, 5: what is not zero where zero is written is no VXLAN. */
function trimVxlan(state: TrimState, at: number, end: number): number {
  const { bytes } = state;
  const isVxlan = end - at >= 8 && bytes[at] === 8 && bytes[at + 7] === 0;
  const isPlain = bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0;
  if (!isVxlan || !isPlain || state.depth >= tunnelDepthMax) return at;
  return isInner(bytes, at + 20, end) ? state.inner.ethernet(state, at + 8, end) : at;
}

/** RFC 8926, 3.4; its options are of whoever made them, so that a header with options does not stay. */
function trimGeneve(state: TrimState, at: number, end: number): number {
  const { bytes } = state;
  if (end - at < 8 || bytes[at] !== 0 || ((bytes[at + 1] ?? 0) & 0x3f) !== 0) return at;
  if (state.depth >= tunnelDepthMax) return at;
  const type = uint16(bytes, at + 2);
  if (type === 0x6558)
    return isInner(bytes, at + 20, end) ? state.inner.ethernet(state, at + 8, end) : at;
  return type === 0x0800 || type === 0x86dd ? state.inner.etherType(state, at + 8, end, type) : at;
}

const innerTypes: ReadonlySet<number> = new Set([0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8]);

/** A port alone does not make a tunnel: the type of the frame inside must be one that is carried. */
const isInner = (bytes: Uint8Array, typeAt: number, end: number): boolean =>
  typeAt + 2 <= end && innerTypes.has(uint16(bytes, typeAt));
