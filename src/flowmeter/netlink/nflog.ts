// NFLOG's messages (linux/netfilter/nfnetlink_log.h).
import { networkUint32, networkUint64 } from "./bytes.ts";
import { attribute, AttributeWalk, messageFlag, netfilterRequest } from "./message.ts";
import { netfilterHeaderSizeBytes, networkBytes32 } from "./message.ts";

/** NFNL_SUBSYS_ULOG in the high byte. */
const subsystem = 4 << 8;
export const nflogMessage = { packet: subsystem, config: subsystem | 1 } as const;

/** Bytes of each packet that are copied: IPv6 with options, and TCP's header. */
const copyRangeBytes = 128;
const copyPacketMode = 2;
/** NFULA_CFG_TIMEOUT is in hundredths of a second: how long the kernel gathers messages. */
const gatherCentiseconds = 20;
const flagSequence = 1;

const commandAttribute = 1;
const commandBind = 1;

/** Requests that make a socket the listener of a group; each is answered. */
export function listenRequests(group: number, firstSequence: number): Uint8Array[] {
  const parts = [
    [attribute(commandAttribute, [commandBind])],
    [attribute(2, [...networkBytes32(copyRangeBytes), copyPacketMode, 0])],
    [attribute(4, networkBytes32(gatherCentiseconds)), attribute(6, [0, flagSequence])],
  ];
  return parts.map((attributes, index) =>
    netfilterRequest({
      type: nflogMessage.config,
      flags: messageFlag.acknowledge,
      sequence: firstSequence + index,
      family: 0,
      resource: group,
      attributes,
    }),
  );
}

/** One logged packet. Owned and reused by its reader. */
export interface LoggedPacket {
  prefix: string;
  /** Unix time, milliseconds; 0 when the kernel does not say. */
  time: number;
  /** Indexes of interfaces; 0 when there is none. */
  inboundInterface: number;
  outboundInterface: number;
  /** The packet from its IP header on: `bytes[payloadAt .. payloadEnd)`. */
  payloadAt: number;
  payloadEnd: number;
  /** Counts the group's messages; -1 when the kernel does not say. */
  sequence: number;
}

export class NflogReader {
  readonly packet: LoggedPacket = {
    prefix: "",
    time: 0,
    inboundInterface: 0,
    outboundInterface: 0,
    payloadAt: 0,
    payloadEnd: 0,
    sequence: -1,
  };
  readonly #walk = new AttributeWalk(new Uint8Array(0), 0, 0);

  /** Reads `bytes[payloadAt .. end)`; false when there is no packet in it. */
  read(bytes: Uint8Array, payloadAt: number, end: number): boolean {
    const { packet } = this;
    packet.prefix = "";
    packet.time = 0;
    packet.inboundInterface = 0;
    packet.outboundInterface = 0;
    packet.payloadAt = packet.payloadEnd = 0;
    packet.sequence = -1;
    const walk = this.#walk.over(bytes, payloadAt + netfilterHeaderSizeBytes, end);
    while (walk.next()) this.#take(bytes);
    return packet.payloadEnd > packet.payloadAt;
  }

  #take(bytes: Uint8Array): void {
    const { packet } = this;
    const { type, valueAt, valueEnd, sizeBytes } = this.#walk;
    if (type === 9) {
      packet.payloadAt = valueAt;
      packet.payloadEnd = valueEnd;
    } else if (type === 10) packet.prefix = textOf(bytes, valueAt, valueEnd);
    else if (type === 3 && sizeBytes === 16) packet.time = timeOf(bytes, valueAt);
    else if (sizeBytes !== 4) return;
    else if (type === 4) packet.inboundInterface = networkUint32(bytes, valueAt);
    else if (type === 5) packet.outboundInterface = networkUint32(bytes, valueAt);
    else if (type === 12) packet.sequence = networkUint32(bytes, valueAt);
  }
}

/** Seconds and microseconds. */
const timeOf = (bytes: Uint8Array, at: number): number =>
  networkUint64(bytes, at) * 1_000 + Math.floor(networkUint64(bytes, at + 8) / 1_000);

/** Up to the zero byte that ends it. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  const zero = bytes.indexOf(0, from);
  const end = zero >= 0 && zero < to ? zero : to;
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString("utf8");
}

/** What a deny rule says of itself: `nc:<i|o>:<priority>:<name>`. */
export interface DenyRule {
  isOutbound: boolean;
  rule: string;
}

const prefixPattern = /^nc:([io]):\d{1,5}:([\x20-\x7e]{1,80})$/;

/** Null for prefixes of others. */
export function parseDenyPrefix(prefix: string): DenyRule | null {
  const found = prefixPattern.exec(prefix.trimEnd());
  if (found === null) return null;
  return { isOutbound: found[1] === "o", rule: found[2] ?? "" };
}
