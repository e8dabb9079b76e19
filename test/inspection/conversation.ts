import { inspect } from "../../src/inspection/inspect.ts";
import type { ProtocolNode } from "../../src/inspection/inspection.ts";
import { chunksOf, hex, pcap } from "./captures.ts";

const inEthernet = "020000000002 020000000001 0800";
const hex16 = (value: number): string => (value & 0xffff).toString(16).padStart(4, "0");
const hex32 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");
const sizeOf = (text: string): number => hex(text).length;

const client = "c0000201";
const server = "c0000202";
const clientPort = 49_901;

/** Text of a packet in hexadecimal, from the client unless told otherwise. */
export interface Message {
  payload: string;
  fromServer?: boolean;
}

/** The TCP packets of one conversation on this port of the server, each message in one segment. */
export function tcpConversation(port: number, messages: readonly Message[]): string[] {
  let fromClient = 1;
  let fromServer = 1;
  return messages.map((message) => {
    const size = sizeOf(message.payload);
    const answers = message.fromServer === true;
    const sequence = answers ? fromServer : fromClient;
    const ack = answers ? fromClient : fromServer;
    if (answers) fromServer += size;
    else fromClient += size;
    const ports = answers ? [port, clientPort] : [clientPort, port];
    const header = `${ports.map(hex16).join("")}${hex32(sequence)}${hex32(ack)}5018200000000000`;
    return ip(6, `${header}${message.payload}`, answers);
  });
}

/** The UDP packet of one message to, or from, this port of the server. */
export function datagram(port: number, { payload, fromServer = false }: Message): string {
  const ports = fromServer ? [port, clientPort] : [clientPort, port];
  const header = `${ports.map(hex16).join("")}${hex16(8 + sizeOf(payload))}0000`;
  return ip(17, `${header}${payload}`, fromServer);
}

function ip(protocol: number, payload: string, fromServer: boolean): string {
  const length = hex16(20 + sizeOf(payload));
  const number = protocol.toString(16).padStart(2, "0");
  const ends = fromServer ? server + client : client + server;
  return `${inEthernet} 4500${length}0000000040${number}0000${ends} ${payload}`;
}

/** Every path below UDP or TCP of these packets, with the frames that end there: `dns 2`. */
export function pathsOf(packets: readonly string[]): Promise<string[]> {
  return pathsIn(pcap(packets.map((packet) => hex(packet))));
}

/** The same of one packet of which the capture lacks the last bytes. */
export function pathsOfCut(packet: string, missing: number): Promise<string[]> {
  const bytes = hex(packet);
  const capture = pcap([bytes.subarray(0, bytes.length - missing)]);
  new DataView(capture.buffer, capture.byteOffset).setUint32(24 + 12, bytes.length, true);
  return pathsIn(capture);
}

async function pathsIn(capture: Uint8Array): Promise<string[]> {
  const { protocolHierarchy } = await inspect(chunksOf(capture));
  const paths: string[] = [];
  const transport = protocolHierarchy[0]?.children[0]?.children[0];
  for (const node of transport?.children ?? []) list(node, "", paths);
  return paths.toSorted();
}

function list(node: ProtocolNode, above: string, paths: string[]): void {
  const path = above === "" ? node.protocol : `${above}/${node.protocol}`;
  const below = node.children.reduce((sum, child) => sum + child.frames, 0);
  if (node.frames > below) paths.push(`${path} ${node.frames - below}`);
  for (const child of node.children) list(child, path, paths);
}
