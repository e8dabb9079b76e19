// Packets written by hand around a payload in hexadecimal, and what an inspection shows of them.
import { inspect } from "../../src/inspection/inspect.ts";
import type { ProtocolNode } from "../../src/inspection/inspection.ts";
import { chunksOf, hex, pcap } from "./captures.ts";

const addresses = "020000000002 020000000001";

export const bytesOf = (text: string): number => hex(text).length;
export const byte = (value: number): string => value.toString(16).padStart(2, "0");
export const word = (value: number): string => value.toString(16).padStart(4, "0");
export const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");

export const inEthernet = (payload: string, type = 0x0800): string =>
  `${addresses} ${word(type)} ${payload}`;

/** IEEE 802.3: a length in place of the type. */
export const inEthernetLength = (payload: string): string => inEthernet(payload, bytesOf(payload));

/** IPv4 from 192.0.2.1 to 192.0.2.2 with a payload of this protocol number. */
export const ip = (protocol: number, payload: string): string =>
  `4500${word(20 + bytesOf(payload))}0000000040${byte(protocol)}0000c0000201c0000202 ${payload}`;

/** IPv6 from 2001:db8::1 to 2001:db8::2. */
export const ipv6 = (next: number, payload: string): string =>
  `60000000${word(bytesOf(payload))}${byte(next)}40 20010db8${"00".repeat(11)}0120010db8${"00".repeat(11)}02 ${payload}`;

export const udp = (port: number, payload: string, source = 49_152): string =>
  ip(17, `${word(source)} ${word(port)} ${word(8 + bytesOf(payload))} 0000 ${payload}`);

export const tcp = (port: number, payload: string): string =>
  ip(6, `c000 ${word(port)} 00000001 00000001 5018 2000 0000 0000 ${payload}`);

/** A datagram of eight bytes that any link can carry. */
export const innerDatagram = udp(123, "1b00000000000000");

/** The names of the packets' protocols from the outside in, of one packet of each level. */
export async function pathOf(packet: string, linkType = 1): Promise<string> {
  return pathOfAll([packet], linkType);
}

/** The same for a capture of several packets: the path that no packet before `from` had, to its bottom. */
export async function pathOfAll(
  packets: readonly string[],
  linkType = 1,
  from = 0,
): Promise<string> {
  const seen =
    from === 0 ? new Map<string, number>() : await pathsOf(packets.slice(0, from), linkType);
  const paths = await pathsOf(packets, linkType);
  const fresh = [...paths].filter(([path, frames]) => frames > (seen.get(path) ?? 0));
  return fresh.at(-1)?.[0] ?? "";
}

/** Frames of each path, parents before their children. */
async function pathsOf(packets: readonly string[], linkType: number): Promise<Map<string, number>> {
  const bytes = packets.map((packet) => hex(packet));
  const { protocolHierarchy } = await inspect(chunksOf(pcap(bytes, { linkType })));
  const paths = new Map<string, number>();
  const walk = (nodes: readonly ProtocolNode[], prefix: string): void => {
    for (const { protocol, frames, children } of nodes) {
      paths.set(prefix + protocol, frames);
      walk(children, `${prefix}${protocol}/`);
    }
  };
  walk(protocolHierarchy, "");
  return paths;
}
