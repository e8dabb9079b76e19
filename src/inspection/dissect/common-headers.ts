import type { FlowTable } from "../analysis/flow-table.ts";
import type { PacketView } from "../file/record.ts";

const ethernetLinkType = 1;
const ethernetSizeBytes = 14;
const tagSizeBytes = 4;
const etherType = { ipv4: 0x0800, ipv6: 0x86dd, vlan: 0x8100 } as const;
/** Cisco's Inter-Switch Link begins with 01:00:0c:00 or 03:00:0c:00. */
const interSwitchMask = 0xfdffffff | 0;
const interSwitchFirstWord = 0x01000c00;
const ipv4SizeBytes = 20;
const ipv6SizeBytes = 40;
/** Version 4, and a header of five words. */
const ipv4FirstByte = 0x45;
/** More fragments follow, or this is not the first. */
const fragmentMask = 0x3fff;
const protocolTcp = 6;
const protocolUdp = 17;
const tcpSizeMin = 20;
export const udpSizeBytes = 8;
/** So much is looked at before the lengths are known. */
const ipv4PacketSizeMin = ethernetSizeBytes + tagSizeBytes + ipv4SizeBytes + udpSizeBytes;
const ipv6PacketSizeMin = ethernetSizeBytes + tagSizeBytes + ipv6SizeBytes + udpSizeBytes;

/** What a common packet may be; the number of its path is a sum of these. */
export const pathBit = { udp: 1, ipv6: 2, vlan: 4 } as const;
/** The protocols of each path, by its number. */
export const commonPaths: readonly (readonly string[])[] = Array.from({ length: 8 }, (_, path) => [
  "eth",
  ...(path & pathBit.vlan ? ["vlan"] : []),
  path & pathBit.ipv6 ? "ipv6" : "ip",
  path & pathBit.udp ? "udp" : "tcp",
]);
export const uncommon = -1;

interface FlowTables {
  readonly tcp: FlowTable;
  readonly udp: FlowTable;
}

/**
 * Where the headers of a common packet lie: TCP or UDP in IPv4 without options or in IPv6 without extension
 * headers, no fragment, in Ethernet with at most one VLAN tag, and whole as far as the headers go.
 */
export class CommonHeaders {
  readonly #flows: FlowTables;
  #bytes: Uint8Array = new Uint8Array(0);
  /** Of the packet's bytes. Reads outside would raise, so that lengths are looked at before. */
  view: DataView = new DataView(new ArrayBuffer(0));
  ip = 0;
  transport = 0;
  /** Where the bytes of TCP or UDP end, in the file and on the wire. */
  capturedEnd = 0;
  reportedEnd = 0;

  /** A packet whose flow may find no room in these is uncommon. */
  constructor(flows: FlowTables) {
    this.#flows = flows;
  }

  /** Finds the headers of a packet in Ethernet without comment; the number of its path, or `uncommon`. */
  find({ bytes, offset: start, capturedLength, originalLength, linkType }: PacketView): number {
    if (linkType !== ethernetLinkType || capturedLength < ipv4PacketSizeMin) return uncommon;
    if (bytes !== this.#bytes) this.#look(bytes);
    const { view } = this;
    if ((view.getInt32(start) & interSwitchMask) === interSwitchFirstWord) return uncommon;
    this.capturedEnd = start + capturedLength;
    this.reportedEnd = start + Math.max(capturedLength, originalLength);
    this.ip = start + ethernetSizeBytes;
    const type = view.getUint16(this.ip - 2);
    if (type !== etherType.vlan) return this.#findInEthernet(type, capturedLength, 0);
    this.ip += tagSizeBytes;
    return this.#findInEthernet(view.getUint16(this.ip - 2), capturedLength, pathBit.vlan);
  }

  #look(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #findInEthernet(type: number, capturedLength: number, path: number): number {
    if (type === etherType.ipv4) return this.#findInIpv4(path);
    if (type !== etherType.ipv6 || capturedLength < ipv6PacketSizeMin) return uncommon;
    return this.#findInIpv6(path | pathBit.ipv6);
  }

  #findInIpv4(path: number): number {
    const { view, ip } = this;
    if (view.getUint8(ip) !== ipv4FirstByte) return uncommon;
    if ((view.getUint16(ip + 6) & fragmentMask) !== 0) return uncommon;
    this.transport = ip + ipv4SizeBytes;
    this.#limit(ip + view.getUint16(ip + 2));
    return this.#findTransport(view.getUint8(ip + 9), path);
  }

  #findInIpv6(path: number): number {
    const { view, ip } = this;
    if (view.getUint8(ip) >> 4 !== 6) return uncommon;
    this.transport = ip + ipv6SizeBytes;
    this.#limit(this.transport + view.getUint16(ip + 4));
    return this.#findTransport(view.getUint8(ip + 6), path);
  }

  #findTransport(protocol: number, path: number): number {
    if (protocol === protocolTcp) return this.#isWholeSegment() ? path : uncommon;
    if (protocol !== protocolUdp) return uncommon;
    return this.#isWholeDatagram() ? path | pathBit.udp : uncommon;
  }

  #isWholeSegment(): boolean {
    const at = this.transport;
    if (at + tcpSizeMin > this.capturedEnd) return false;
    const size = this.tcpSize();
    return size >= tcpSizeMin && at + size <= this.capturedEnd && !this.#flows.tcp.isFull;
  }

  /** Bytes of the TCP header (RFC 9293, 3.1: data offset). */
  tcpSize(): number {
    return (this.view.getUint8(this.transport + 12) >> 4) * 4;
  }

  #isWholeDatagram(): boolean {
    const at = this.transport;
    if (at + udpSizeBytes > this.capturedEnd) return false;
    const length = this.view.getUint16(at + 4);
    if (length > 0 && length < udpSizeBytes) return false;
    if (length > 0) this.#limit(at + length);
    return !this.#flows.udp.isFull;
  }

  #limit(end: number): void {
    if (end < this.reportedEnd) this.reportedEnd = end;
    if (end < this.capturedEnd) this.capturedEnd = end;
  }
}
