import type { Frame } from "../dissect/frame.ts";
import type { TcpStream } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import type { Credentials } from "./credentials.ts";
import { contentProtocol } from "./content-protocol.ts";
import { FlowTimes, seen, type FlowPacket } from "./flow-times.ts";
import { HomeAddress } from "./home-address.ts";
import type { KeyTable } from "./key-table.ts";
import { LoginReaders } from "./login-readers.ts";
import { ProtocolNames, protocolAbove } from "./protocol-names.ts";
import { segmentFlag } from "./tcp-flow.ts";
import { tcpFlag } from "./tcp-sequence.ts";
import { family, Series } from "./time-series.ts";
import type { TimeSeries } from "../inspection.ts";
import { UdpFlows } from "./udp-flows.ts";

const nanosecondsPerSecond = 1_000_000_000;

/** Looks at each frame once more when it is dissected: flows over time, and all traffic over time. */
export class Traffic {
  readonly tcpTimes = new FlowTimes();
  readonly udpTimes = new FlowTimes();
  readonly udpFlows: UdpFlows;
  readonly protocols = new ProtocolNames();
  readonly #logins: LoginReaders;
  readonly #series = new Series();
  readonly #home = new HomeAddress(this.#series);
  #baseSeconds = -1;
  #baseNanoseconds = 0;
  readonly #packet: FlowPacket = {
    elapsed: 0,
    frameNumber: 0,
    hasPayload: false,
    wireLength: 0,
    shown: 0,
  };
  readonly #counted = { elapsed: 0, source: 0, destination: 0, kind: 0, bytes: 0 };

  constructor(udpTable: KeyTable, credentials: Credentials) {
    this.#logins = new LoginReaders(credentials);
    this.udpFlows = new UdpFlows(udpTable);
  }

  add(frame: Frame): void {
    this.#noteTime(frame);
    const kind = familyOf(frame);
    this.#count(frame, kind);
    if (kind === family.tcp) this.#addSegment(frame);
    else if (kind === family.udp) this.#addDatagram(frame);
  }

  series(addresses: Addresses): TimeSeries {
    this.#home.decide();
    const { address } = this.#home;
    return this.#series.result(address < 0 ? null : addresses.text(address));
  }

  /** Nanoseconds since the epoch, as text. */
  timeText(elapsed: number): string {
    const base = BigInt(this.#baseSeconds) * BigInt(nanosecondsPerSecond);
    return String(base + BigInt(this.#baseNanoseconds) + BigInt(Math.round(elapsed)));
  }

  /** Adds to each stream when it was seen and what it carried. */
  describe(streams: TcpStream[]): TcpStream[] {
    const times = this.tcpTimes;
    for (const stream of streams) {
      const number = stream.stream;
      if (number >= times.count) continue;
      stream.firstFrame = times.firstFrame(number);
      stream.firstTime = this.timeText(times.first(number));
      stream.lastTime = this.timeText(times.last(number));
      stream.duration = String(Math.round(times.last(number) - times.first(number)));
      stream.protocol = this.protocols.name(times.protocol(number));
    }
    return streams;
  }

  #noteTime({ seconds, nanoseconds, number, wireLength }: Frame): void {
    const packet = this.#packet;
    packet.frameNumber = number;
    packet.wireLength = wireLength;
    // Simple packet blocks have no time; they count as when the packet before them did.
    if (seconds === 0 && nanoseconds === 0) return;
    if (this.#baseSeconds === -1) {
      this.#baseSeconds = seconds;
      this.#baseNanoseconds = nanoseconds;
    }
    packet.elapsed =
      (seconds - this.#baseSeconds) * nanosecondsPerSecond + nanoseconds - this.#baseNanoseconds;
  }

  #count(frame: Frame, kind: number): void {
    const counted = this.#counted;
    counted.elapsed = this.#packet.elapsed;
    counted.kind = kind;
    counted.bytes = frame.wireLength;
    if (kind === family.nonIp) {
      this.#series.add(counted.elapsed, kind, 2, counted.bytes);
      return;
    }
    counted.source = frame.ends.source;
    counted.destination = frame.ends.destination;
    this.#home.count(counted);
  }

  #addSegment(frame: Frame): void {
    const packet = this.#packet;
    const { tcpFlags, tcpStream } = frame;
    const isBookkeeping = (frame.segmentFlags & segmentFlag.keepAlive) !== 0;
    packet.hasPayload = frame.payloadLength > 0 && !isBookkeeping;
    packet.shown = shownBy(tcpFlags) | (packet.hasPayload ? seen.data : 0);
    this.tcpTimes.add(tcpStream, packet);
    if (packet.hasPayload) this.#addPayload(frame);
  }

  #addPayload(frame: Frame): void {
    const { tcpStream, segmentFlags, piece } = frame;
    const times = this.tcpTimes;
    if (times.protocol(tcpStream) === 0) {
      const name = protocolAbove(frame, "tcp");
      const isOpen = name === null || name === "data" || name === "json";
      const shown = isOpen ? contentProtocol(piece.bytes, piece.at, piece.end) : null;
      if (shown ?? name)
        times.setProtocol(tcpStream, this.protocols.number(shown ?? name ?? "data"));
    }
    // What is sent again was read before.
    if (segmentFlags & (segmentFlag.retransmission | segmentFlag.outOfOrder)) return;
    const protocol = this.protocols.name(times.protocol(tcpStream));
    if (protocol !== null) this.#logins.read(frame, protocol);
  }

  #addDatagram(frame: Frame): void {
    const packet = this.#packet;
    packet.hasPayload = true;
    packet.shown = seen.data;
    this.udpFlows.add(frame.udpStream, frame.ends, frame.wireLength);
    this.udpTimes.add(frame.udpStream, packet);
    if (this.udpTimes.protocol(frame.udpStream) !== 0) return;
    const name = protocolAbove(frame, "udp");
    if (name !== null) this.udpTimes.setProtocol(frame.udpStream, this.protocols.number(name));
  }
}

function shownBy(flags: number): number {
  let shown = 0;
  if (flags & tcpFlag.syn) shown |= flags & tcpFlag.ack ? seen.synAck : seen.syn;
  else if (flags & tcpFlag.ack) shown |= seen.ack;
  if (flags & tcpFlag.fin) shown |= seen.fin;
  if (flags & tcpFlag.rst) shown |= seen.rst;
  return shown;
}

function familyOf(frame: Frame): number {
  if (frame.ipv4Headers + frame.ipv6Headers === 0) return family.nonIp;
  if (frame.inError) return family.icmp;
  if (frame.tcpStream >= 0) return family.tcp;
  if (frame.udpStream >= 0) return family.udp;
  const last = frame.path[frame.depth - 1];
  return last === "icmp" || last === "icmpv6" ? family.icmp : family.otherIp;
}
