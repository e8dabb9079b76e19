import type { Dissector, Frame } from "./frame.ts";
import type { Fields } from "./field.ts";
import { NumberTable } from "./number-table.ts";
import { recognizesNothing, type StreamDissector } from "./transport/stream.ts";

/** Where a protocol is found, and the fields that a display filter can ask of it. One file exports one of these; `protocols.ts`, or `lower-protocols.ts` up to TCP and UDP, has one line for it. */
export interface Protocol {
  /** Wireshark's filter name. */
  name: string;
  linkTypes?: readonly number[];
  etherTypes?: readonly number[];
  ipProtocols?: readonly number[];
  udpPorts?: readonly number[];
  dissect?: Dissector;
  /** False when a datagram on one of its ports is not its own, which then goes to the next; all are unless told. */
  acceptsDatagram?(frame: Frame, at: number): boolean;
  /** Fields by Wireshark's names, also those that `Frame.note` keeps. */
  fields?: Fields;
  /** True when the payload of any UDP datagram, at `at`, looks like this protocol's; asked after the ports. */
  recognizesDatagram?(frame: Frame, at: number): boolean;
  tcpPorts?: readonly number[];
  stream?: StreamDissector;
}

const sixteenBits = 65_536;
const tables = {
  linkTypes: new NumberTable<Dissector>(sixteenBits),
  etherTypes: new NumberTable<Dissector>(sixteenBits),
  ipProtocols: new NumberTable<Dissector>(256),
};
const udpPorts = new NumberTable<Protocol>(sixteenBits);
const tcpPorts = new NumberTable<StreamDissector>(sixteenBits);
const tcpHeuristics: StreamDissector[] = [];
const udpHeuristics: Protocol[] = [];

/** Every protocol, in the order of registration. */
export const registeredProtocols: Protocol[] = [];

export function register(protocol: Protocol): void {
  registeredProtocols.push(protocol);
  const { dissect, stream, ...places } = protocol;
  if (protocol.recognizesDatagram) udpHeuristics.push(protocol);
  for (const kind of ["linkTypes", "etherTypes", "ipProtocols"] as const) {
    for (const number of places[kind] ?? []) if (dissect) tables[kind].set(number, dissect);
  }
  for (const port of places.udpPorts ?? []) udpPorts.set(port, protocol);
  if (!stream) return;
  for (const port of places.tcpPorts ?? []) tcpPorts.set(port, stream);
  if (stream.recognizes !== recognizesNothing) tcpHeuristics.push(stream);
}

export function dissectLinkType(frame: Frame, at: number, linkType: number): void {
  (tables.linkTypes.get(linkType) ?? dissectData)(frame, at);
}

export function dissectEtherType(frame: Frame, at: number, etherType: number): void {
  (tables.etherTypes.get(etherType) ?? dissectData)(frame, at);
}

export function dissectIpProtocol(frame: Frame, at: number, ipProtocol: number): void {
  (tables.ipProtocols.get(ipProtocol) ?? dissectData)(frame, at);
}

/** What was announced comes first, then the lower port, as Wireshark does, then what the bytes show. */
export function dissectUdpPayload(frame: Frame, at: number): void {
  const { sourcePort, destinationPort } = frame.ends;
  const dissect =
    announced(frame, at) ??
    acceptedOn(frame, at, Math.min(sourcePort, destinationPort)) ??
    acceptedOn(frame, at, Math.max(sourcePort, destinationPort)) ??
    recognized(frame, at) ??
    dissectData;
  dissect(frame, at);
}

function recognized(frame: Frame, at: number): Dissector | undefined {
  for (const protocol of udpHeuristics)
    if (protocol.recognizesDatagram?.(frame, at)) return protocol.dissect;
  return undefined;
}

function acceptedOn(frame: Frame, at: number, port: number): Dissector | undefined {
  const protocol = udpPorts.get(port);
  if (!protocol || protocol.acceptsDatagram?.(frame, at) === false) return undefined;
  return protocol.dissect;
}

function announced(frame: Frame, at: number): Dissector | undefined {
  const { expectations } = frame;
  return expectations.isEmpty ? undefined : expectations.dissectorOf(frame, at);
}

/** What ports say of a TCP payload: the server's first, then the lower. */
export function streamDissectorByPort(
  serverPort: number,
  one: number,
  other: number,
): StreamDissector | null {
  return (
    tcpPorts.get(serverPort) ??
    tcpPorts.get(Math.min(one, other)) ??
    tcpPorts.get(Math.max(one, other)) ??
    null
  );
}

/** What one port says of a TCP payload. */
export function streamDissectorOn(port: number): StreamDissector | undefined {
  return tcpPorts.get(port);
}

/** The protocol that recognizes the payload's first bytes. */
export function streamDissectorByContent(
  bytes: Uint8Array,
  at: number,
  end: number,
): StreamDissector | null {
  for (const stream of tcpHeuristics) if (stream.recognizes(bytes, at, end)) return stream;
  return null;
}

function dissectData(frame: Frame, at: number): void {
  frame.data(at);
}
