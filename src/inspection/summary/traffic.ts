import type { Inspection } from "../inspection.ts";
import { compareText } from "./protocols.ts";

/** One pair of addresses; `a` is the one that sent the first packet. */
export interface Talk {
  a: string;
  b: string;
  bytesAToB: number;
  bytesBToA: number;
  frames: number;
  bytes: number;
}

/** Packets to one port of one address. */
export interface Destination {
  address: string;
  transport: string;
  port: number;
  packets: number;
}

/** Conversations of both IP versions, most bytes first. */
export function talks({ conversations }: Pick<Inspection, "conversations">): Talk[] {
  return [...conversations.ipv4, ...conversations.ipv6]
    .map((conversation) => ({
      a: conversation.a,
      b: conversation.b,
      bytesAToB: conversation.bytesAToB,
      bytesBToA: conversation.bytesBToA,
      frames: conversation.framesAToB + conversation.framesBToA,
      bytes: conversation.bytesAToB + conversation.bytesBToA,
    }))
    .sort((one, other) => other.bytes - one.bytes || compareText(one.b, other.b));
}

/** The address that most bytes were sent to, by whom mostly; null without IP. */
export interface Receiver {
  address: string;
  bytes: number;
  /** Who sent most of it, and how much. */
  sender: string;
  senderBytes: number;
}

export function busiestReceiver(all: readonly Talk[]): Receiver | null {
  const receivers = new Map<string, Receiver>();
  const add = (sender: string, address: string, bytes: number): void => {
    if (bytes === 0) return;
    const known = receivers.get(address) ?? { address, bytes: 0, sender, senderBytes: 0 };
    const more = bytes > known.senderBytes;
    receivers.set(address, {
      address,
      bytes: known.bytes + bytes,
      sender: more ? sender : known.sender,
      senderBytes: more ? bytes : known.senderBytes,
    });
  };
  for (const talk of all) {
    add(talk.a, talk.b, talk.bytesAToB);
    add(talk.b, talk.a, talk.bytesBToA);
  }
  let best: Receiver | null = null;
  for (const receiver of receivers.values())
    if (!best || receiver.bytes > best.bytes) best = receiver;
  return best;
}

/** Every address, transport and port that packets went to, most packets first. */
export function destinationPorts({
  destinations,
}: Pick<Inspection, "destinations">): Destination[] {
  const found: Destination[] = [];
  for (const [address, { protocols }] of [
    ...Object.entries(destinations.ipv4),
    ...Object.entries(destinations.ipv6),
  ])
    for (const [transport, { ports }] of Object.entries(protocols))
      for (const [port, packets] of Object.entries(ports))
        found.push({ address, transport, port: Number(port), packets });
  return found.sort(
    (one, other) =>
      other.packets - one.packets ||
      compareText(one.address, other.address) ||
      compareText(one.transport, other.transport) ||
      one.port - other.port,
  );
}

/** Usual services of well-known ports (IANA), for people; what really ran there only packets tell. */
const services: Record<number, string> = {
  20: "ftp-data", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 53: "dns", 67: "dhcp", 68: "dhcp",
  80: "http", 110: "pop3", 123: "ntp", 143: "imap", 161: "snmp", 179: "bgp", 389: "ldap", 443: "https",
  445: "smb", 465: "smtps", 514: "syslog", 587: "smtp", 636: "ldaps", 853: "dns over tls", 993: "imaps",
  995: "pop3s", 1433: "sql server", 1883: "mqtt", 3306: "mysql", 3389: "rdp", 4789: "vxlan", 5201: "iperf3",
  5353: "mdns", 5432: "postgresql", 5672: "amqp", 6379: "redis", 8080: "http", 8443: "https",
  9092: "kafka", 9200: "elasticsearch", 27017: "mongodb",
}; // prettier-ignore

export const usualService = (port: number): string | null => services[port] ?? null;
