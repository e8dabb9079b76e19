import type { Frame } from "../dissect/frame.ts";
import type { Time } from "../file/time.ts";
import type { TcpStream } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import type { Credentials } from "./credentials.ts";
import { contentProtocol } from "./content-protocol.ts";
import { addressKind } from "./ends.ts";
import { pauseSecondsMin } from "./burst-intervals.ts";
import { FlowTimes } from "./flow-times.ts";
import { HomeAddress } from "./home-address.ts";
import { LoginReaders } from "./login-readers.ts";
import type { PacketWatcher } from "./packet-watcher.ts";
import { ProtocolNames, protocolAbove } from "./protocol-names.ts";
import { SegmentHealth } from "./segment-health.ts";
import { segmentFlag, streamWord } from "./tcp-row.ts";
import type { TcpStreams } from "./tcp-streams.ts";
import { family, Series } from "./time-series.ts";
import type { TimeSeries } from "../inspection.ts";
import type { UdpStreams } from "./udp-streams.ts";

const nanosecondsPerSecond = 1_000_000_000;

/** What `tcpStreams` says of a stream beyond what tshark tells. */
type StreamStory = Required<
  Pick<
    TcpStream,
    | "firstFrame"
    | "firstTime"
    | "lastTime"
    | "duration"
    | "protocol"
    | "completeness"
    | "retransmissions"
    | "outOfOrder"
    | "lostSegments"
    | "duplicateAcks"
    | "zeroWindows"
  >
>;

/** Looks at each frame once more when it is dissected: flows over time, and all traffic over time. */
export class Traffic {
  readonly tcpTimes: FlowTimes;
  readonly udpTimes: FlowTimes;
  readonly protocols = new ProtocolNames();
  readonly #tcpStreams: TcpStreams;
  readonly #udpStreams: UdpStreams;
  readonly #logins: LoginReaders;
  readonly #series = new Series();
  readonly #home = new HomeAddress(this.#series);
  readonly #base = { seconds: -1, nanoseconds: 0 };
  readonly health = new SegmentHealth();
  watcher: PacketWatcher | null = null;
  /** Nanoseconds since the first packet, in an array, where a changing number with a fraction is not boxed. */
  readonly #elapsed = new Float64Array(1);

  constructor(tcpStreams: TcpStreams, udpStreams: UdpStreams, credentials: Credentials) {
    this.#tcpStreams = tcpStreams;
    this.#udpStreams = udpStreams;
    this.#logins = new LoginReaders(credentials);
    this.tcpTimes = new FlowTimes(tcpStreams.flows, this.#base);
    this.udpTimes = new FlowTimes(udpStreams.flows, this.#base);
  }

  /** The time of the first packet that has one; a second of -1 without. */
  get base(): Readonly<Time> {
    return this.#base;
  }

  /** When the last packet was seen, nanoseconds after the first. */
  get lastElapsed(): number {
    return this.#elapsed[0] ?? 0;
  }

  add(frame: Frame): void {
    const kind = familyOf(frame);
    if (kind === family.tcp) this.addSegment(frame);
    else if (kind === family.udp) this.addDatagram(frame);
    else this.#count(frame, kind);
  }

  /** Looks at a frame with a TCP segment. */
  addSegment(frame: Frame): void {
    this.#count(frame, family.tcp);
    if (SegmentHealth.wants(frame.segmentFlags, frame.tcpFlags))
      this.health.add(frame, this.lastElapsed);
    const isBookkeeping = (frame.segmentFlags & segmentFlag.keepAlive) !== 0;
    if (frame.payloadLength === 0 || isBookkeeping) return;
    const { pauseSeconds } = this.#tcpStreams.flows;
    if (pauseSeconds >= pauseSecondsMin)
      this.tcpTimes.bursts.add(frame.tcpStream, this.lastElapsed);
    if (!frame.transportOnly) this.#addPayload(frame);
  }

  /** Looks at a frame with a UDP datagram. */
  addDatagram(frame: Frame): void {
    this.#count(frame, family.udp);
    const times = this.udpTimes;
    const { pauseSeconds } = this.#udpStreams.flows;
    if (pauseSeconds >= pauseSecondsMin) times.bursts.add(frame.udpStream, this.lastElapsed);
    if (frame.transportOnly || times.protocol(frame.udpStream) !== 0) return;
    const name = protocolAbove(frame, "udp");
    if (name !== null) times.setProtocol(frame.udpStream, this.protocols.number(name));
  }

  series(addresses: Addresses): TimeSeries {
    const home = this.#home.decide();
    return this.#series.result(home && addresses.text(home.number(addresses)));
  }

  /** Nanoseconds since the epoch, as text; a number of them would not be exact. */
  timeText(elapsed: number): string {
    const rounded = Math.round(elapsed) + this.#base.nanoseconds;
    const carried = Math.floor(rounded / nanosecondsPerSecond);
    const seconds = this.#base.seconds + carried;
    const rest = String(rounded - carried * nanosecondsPerSecond);
    return seconds === 0 ? rest : `${seconds}${rest.padStart(9, "0")}`;
  }

  /** Adds to each stream when it was seen and what it carried. */
  *describe(streams: Iterable<TcpStream>): Generator<TcpStream> {
    for (const stream of streams) yield { ...stream, ...this.storyOf(stream.stream) };
  }

  /** When a TCP stream was seen, what it carried and how it fared. */
  storyOf(stream: number): StreamStory {
    const times = this.tcpTimes;
    const first = times.first(stream);
    const last = times.last(stream);
    const { rows, row } = this.#tcpStreams.flows;
    return {
      firstFrame: times.firstFrame(stream),
      firstTime: this.timeText(first),
      lastTime: this.timeText(last),
      duration: String(Math.round(last - first)),
      protocol: this.protocols.name(times.protocol(stream)),
      completeness: this.#tcpStreams.completeness(stream),
      retransmissions: rows[row + streamWord.retransmissions] ?? 0,
      outOfOrder: rows[row + streamWord.outOfOrder] ?? 0,
      lostSegments: rows[row + streamWord.lostSegments] ?? 0,
      duplicateAcks: rows[row + streamWord.duplicateAcks] ?? 0,
      zeroWindows: rows[row + streamWord.zeroWindows] ?? 0,
    };
  }

  #noteTime({ seconds, nanoseconds }: Frame): void {
    // Simple packet blocks have no time; they count as when the packet before them did.
    if (seconds === 0 && nanoseconds === 0) return;
    const base = this.#base;
    if (base.seconds === -1) {
      base.seconds = seconds;
      base.nanoseconds = nanoseconds;
    }
    this.#elapsed[0] =
      (seconds - base.seconds) * nanosecondsPerSecond + nanoseconds - base.nanoseconds;
  }

  #count(frame: Frame, kind: number): void {
    this.#noteTime(frame);
    if (kind === family.nonIp) this.#series.add(this.#elapsed, kind, 2, frame.wireLength);
    else this.#home.count(frame.ends, this.#elapsed, kind, frame.wireLength);
    this.watcher?.packet(frame, kind);
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
}

function familyOf(frame: Frame): number {
  if (frame.ends.kind === addressKind.none) return family.nonIp;
  if (frame.inError) return family.icmp;
  if (frame.tcpStream >= 0) return family.tcp;
  if (frame.udpStream >= 0) return family.udp;
  const last = frame.path[frame.depth - 1];
  return last === "icmp" || last === "icmpv6" ? family.icmp : family.otherIp;
}
