// Conntrack's messages (linux/netfilter/nfnetlink_conntrack.h): events, and entries of a dump.
import { destinationAt, destinationPortAt, protocolAt, putAddress, sourceAt } from "../tuple.ts";
import { sourcePortAt, tupleSizeBytes } from "../tuple.ts";
import { networkUint16, networkUint32, networkUint64 } from "./bytes.ts";
import { attribute, AttributeWalk, messageFlag, netfilterRequest } from "./message.ts";
import { netfilterHeaderSizeBytes, networkBytes32 } from "./message.ts";

/** NFNL_SUBSYS_CTNETLINK in the high byte. */
const subsystem = 1 << 8;
export const conntrackMessage = {
  /** IPCTNL_MSG_CT_NEW: a new or changed entry, or one of a list. */
  entry: subsystem,
  get: subsystem | 1,
  destroyed: subsystem | 2,
} as const;

/** NLM_F_CREATE on an event tells a new entry from a changed one. */
export const isNewEntry = (flags: number): boolean => (flags & 0x400) !== 0;

/** As bits of `sockaddr_nl.nl_groups`: new, changed, destroyed. */
export const conntrackGroups = 0x1 | 0x2 | 0x4;

/** Of TCP's states in conntrack, those in which nothing more than a last acknowledgement comes. */
export const isClosedTcpState = (state: number): boolean => state === 7 || state === 8;

const attributeOf = {
  originalTuple: 1,
  replyTuple: 2,
  protocolInfo: 4,
  mark: 8,
  originalCounters: 9,
  replyCounters: 10,
  id: 12,
} as const;

/** The id behind the original tuple: the id alone is a hash, and collides. */
export const entryKeySizeBytes = tupleSizeBytes + 4;

/** One entry of the kernel's table. Owned and reused by its reader. */
export interface ConntrackEntry {
  /** The tuple in the original direction, then the id. */
  readonly key: Uint8Array;
  /** The tuple as replies have it; it differs from the reversed original where addresses are translated. */
  readonly reply: Uint8Array;
  protocol: number;
  mark: number;
  /** Of TCP, 0 where it is not said. */
  tcpState: number;
  /** False for events other than the last, and for flows begun before nf_conntrack_acct was 1. */
  hasCounters: boolean;
  packetsToDestination: number;
  bytesToDestination: number;
  packetsToSource: number;
  bytesToSource: number;
}

/** Reads conntrack's messages into one object that is used again. */
export class ConntrackReader {
  readonly entry: ConntrackEntry = {
    key: Buffer.alloc(entryKeySizeBytes),
    reply: Buffer.alloc(tupleSizeBytes),
    protocol: 0,
    mark: 0,
    tcpState: 0,
    hasCounters: false,
    packetsToDestination: 0,
    bytesToDestination: 0,
    packetsToSource: 0,
    bytesToSource: 0,
  };
  readonly #walk = new AttributeWalk(new Uint8Array(0), 0, 0);
  readonly #nested = new AttributeWalk(new Uint8Array(0), 0, 0);
  readonly #leaf = new AttributeWalk(new Uint8Array(0), 0, 0);

  /** Reads `bytes[payloadAt .. end)`; false when there is no tuple with both addresses in it. */
  read(bytes: Uint8Array, payloadAt: number, end: number): boolean {
    const { entry } = this;
    this.#reset();
    let isWhole = false;
    const walk = this.#walk.over(bytes, payloadAt + netfilterHeaderSizeBytes, end);
    while (walk.next()) {
      if (walk.type === attributeOf.originalTuple) isWhole = this.#readTuple(bytes, entry.key);
      else this.#readOther(bytes);
    }
    entry.protocol = entry.key[protocolAt] ?? 0;
    return isWhole;
  }

  #reset(): void {
    const { entry } = this;
    entry.key.fill(0);
    entry.reply.fill(0);
    entry.mark = 0;
    entry.tcpState = 0;
    entry.hasCounters = false;
    entry.packetsToDestination = 0;
    entry.bytesToDestination = 0;
    entry.packetsToSource = 0;
    entry.bytesToSource = 0;
  }

  #readOther(bytes: Uint8Array): void {
    const { entry } = this;
    const { type, valueAt, sizeBytes } = this.#walk;
    if (type === attributeOf.replyTuple) this.#readTuple(bytes, entry.reply);
    else if (type === attributeOf.originalCounters) this.#readCounters(bytes, true);
    else if (type === attributeOf.replyCounters) this.#readCounters(bytes, false);
    else if (type === attributeOf.protocolInfo) entry.tcpState = this.#tcpState(bytes);
    else if (sizeBytes !== 4) return;
    else if (type === attributeOf.mark) entry.mark = networkUint32(bytes, valueAt);
    else if (type === attributeOf.id)
      entry.key.set(bytes.subarray(valueAt, valueAt + 4), tupleSizeBytes);
  }

  /** CTA_TUPLE_IP is 1, CTA_TUPLE_PROTO 2; true when both addresses were there. */
  #readTuple(bytes: Uint8Array, to: Uint8Array): boolean {
    let addresses = 0;
    const part = this.#nested.over(bytes, this.#walk.valueAt, this.#walk.valueEnd);
    while (part.next()) {
      if (part.type === 1) addresses |= this.#readAddresses(bytes, to);
      else if (part.type === 2) this.#readPorts(bytes, to);
    }
    return addresses === 3;
  }

  /** CTA_IP_V4_SRC, V4_DST, V6_SRC, V6_DST; gives which ends were there as bits. */
  #readAddresses(bytes: Uint8Array, to: Uint8Array): number {
    let found = 0;
    const leaf = this.#leaf.over(bytes, this.#nested.valueAt, this.#nested.valueEnd);
    while (leaf.next()) {
      const sizeBytes = leaf.type <= 2 ? 4 : 16;
      if (leaf.type < 1 || leaf.type > 4 || leaf.sizeBytes !== sizeBytes) continue;
      const isSource = leaf.type % 2 === 1;
      const offset = leaf.valueAt;
      putAddress(to, isSource ? sourceAt : destinationAt, { bytes, offset, sizeBytes });
      found |= isSource ? 1 : 2;
    }
    return found;
  }

  /** CTA_PROTO_NUM, SRC_PORT, DST_PORT. */
  #readPorts(bytes: Uint8Array, to: Uint8Array): void {
    const leaf = this.#leaf.over(bytes, this.#nested.valueAt, this.#nested.valueEnd);
    while (leaf.next()) {
      const { type, valueAt, sizeBytes } = leaf;
      if (type === 1 && sizeBytes === 1) to[protocolAt] = bytes[valueAt] ?? 0;
      else if ((type === 2 || type === 3) && sizeBytes === 2) {
        const at = type === 2 ? sourcePortAt : destinationPortAt;
        to[at] = bytes[valueAt] ?? 0;
        to[at + 1] = bytes[valueAt + 1] ?? 0;
      }
    }
  }

  /** CTA_COUNTERS_PACKETS, CTA_COUNTERS_BYTES. */
  #readCounters(bytes: Uint8Array, isOriginal: boolean): void {
    const { entry } = this;
    const part = this.#nested.over(bytes, this.#walk.valueAt, this.#walk.valueEnd);
    while (part.next()) {
      if (part.sizeBytes !== 8) continue;
      const value = networkUint64(bytes, part.valueAt);
      if (part.type === 1 && isOriginal) entry.packetsToDestination = value;
      else if (part.type === 1) entry.packetsToSource = value;
      else if (part.type === 2 && isOriginal) entry.bytesToDestination = value;
      else if (part.type === 2) entry.bytesToSource = value;
      entry.hasCounters = true;
    }
  }

  /** CTA_PROTOINFO_TCP, and in it CTA_PROTOINFO_TCP_STATE; both are 1. */
  #tcpState(bytes: Uint8Array): number {
    const part = this.#nested.over(bytes, this.#walk.valueAt, this.#walk.valueEnd);
    if (!part.next() || part.type !== 1) return 0;
    const leaf = this.#leaf.over(bytes, part.valueAt, part.valueEnd);
    while (leaf.next()) if (leaf.type === 1) return bytes[leaf.valueAt] ?? 0;
    return 0;
  }
}

/** Asks for the whole table, IPv4 and IPv6. */
export const dumpRequest = (sequence: number): Uint8Array =>
  netfilterRequest({
    type: conntrackMessage.get,
    flags: messageFlag.dump,
    sequence,
    family: 0,
    resource: 0,
  });

const familyIpv4 = 2;
const familyIpv6 = 10;
const nested = 0x8000;

/** Asks for one entry by its key, with its counters as they are now. */
export function entryRequest(key: Uint8Array, sequence: number): Uint8Array {
  const isIpv4 = isIpv4Mapped(key);
  const size = isIpv4 ? 4 : 16;
  const address = (at: number): Uint8Array => key.subarray(at + 16 - size, at + 16);
  const addresses = [
    ...attribute(isIpv4 ? 1 : 3, address(sourceAt)),
    ...attribute(isIpv4 ? 2 : 4, address(destinationAt)),
  ];
  const ports = [
    ...attribute(1, [key[protocolAt] ?? 0]),
    ...attribute(2, key.subarray(sourcePortAt, destinationPortAt)),
    ...attribute(3, key.subarray(destinationPortAt, protocolAt)),
  ];
  const tuple = [...attribute(nested | 1, addresses), ...attribute(nested | 2, ports)];
  return netfilterRequest({
    type: conntrackMessage.get,
    flags: 0,
    sequence,
    family: isIpv4 ? familyIpv4 : familyIpv6,
    resource: 0,
    attributes: [
      attribute(nested | attributeOf.originalTuple, tuple),
      attribute(attributeOf.id, networkBytes32(networkUint32(key, tupleSizeBytes))),
    ],
  });
}

const isIpv4Mapped = (tuple: Uint8Array): boolean =>
  networkUint16(tuple, 10) === 0xffff && tuple.subarray(0, 10).every((byte) => byte === 0);
