// TCP conversations and datagrams made of texts, and what each of their frames shows.
import { Analyses } from "../../src/inspection/analysis/analyses.ts";
import { dissectFrame } from "../../src/inspection/dissect/protocols.ts";
import { Frame } from "../../src/inspection/dissect/frame.ts";
import { CaptureReader } from "../../src/inspection/file/capture-reader.ts";
import { hex, pcap } from "./captures.ts";

export type Side = "client" | "server";

const number = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");

/** Payloads are texts, one character a byte. */
const hexOf = (text: string): string => Buffer.from(text, "latin1").toString("hex");

function ip(protocol: number, isClient: boolean, payload: string): string {
  const size = 20 + hex(payload).length;
  const addresses = isClient ? "c0000201 c0000202" : "c0000202 c0000201";
  return `4500 ${number(size, 4)} 0000 0000 40 ${number(protocol, 2)} 0000 ${addresses} ${payload}`;
}

export interface Segment {
  side: Side;
  payload: string;
  /** The server's. */
  port: number;
}

/** One segment of a conversation of 192.0.2.1, the client, with 192.0.2.2, as an IPv4 packet in hexadecimal. */
export function segmentPacket({ side, payload, port }: Segment, sequence: number): string {
  const ports = side === "client" ? [40_000, port] : [port, 40_000];
  const header = ports.map((value) => number(value, 4)).join("") + number(sequence, 8);
  return ip(6, side === "client", `${header}00000001 5018 2000 0000 0000${hexOf(payload)}`);
}

/** The protocols above the transport of each segment that carries something, and of those with a FIN. */
export function segmentPaths(
  port: number,
  segments: readonly [Side, string][],
  clientPort = 40_000,
): string[] {
  const sequence = { client: 1, server: 1 };
  const packet = (side: Side, flags: string, payload: string): string => {
    const other = side === "client" ? "server" : "client";
    const ports = side === "client" ? [clientPort, port] : [port, clientPort];
    const header =
      ports.map((value) => number(value, 4)).join("") +
      number(sequence[side], 8) +
      number(sequence[other], 8) +
      `50${flags} 2000 0000 0000`;
    sequence[side] += payload.length + (flags === "18" || flags === "10" ? 0 : 1);
    return ip(6, side === "client", header + hexOf(payload));
  };
  const packets = [
    packet("client", "02", ""),
    packet("server", "12", ""),
    packet("client", "10", ""),
    ...segments.map(([side, payload]) => packet(side, "18", payload)),
    packet("server", "11", ""),
  ];
  return pathsOf(packets, "ip/tcp").filter(
    (path, at) => at > 2 && (at < packets.length - 1 || path),
  );
}

/** The protocols above UDP of each datagram, one after another between the same two ends. */
export function datagramPaths(port: number, datagrams: readonly [Side, string][]): string[] {
  const packets = datagrams.map(([side, payload]) => {
    const ports = side === "client" ? [40_000, port] : [port, 40_000];
    const header = ports.map((value) => number(value, 4)).join("");
    return ip(
      17,
      side === "client",
      `${header}${number(8 + payload.length, 4)}0000${hexOf(payload)}`,
    );
  });
  return pathsOf(packets, "ip/udp");
}

const rawIp = 101;

function pathsOf(packets: readonly string[], below: string): string[] {
  const reader = new CaptureReader();
  const frame = new Frame(new Analyses());
  reader.push(
    pcap(
      packets.map((packet) => hex(packet)),
      { linkType: rawIp },
    ),
  );
  const paths: string[] = [];
  while (reader.next()) {
    frame.start(reader.packet, paths.length + 1);
    dissectFrame(frame, reader.packet.offset, reader.packet.linkType);
    const path = frame.path.slice(0, frame.depth).join("/");
    paths.push(path.slice(path.indexOf(below) + below.length + 1));
  }
  return paths;
}
