// The short way of the packets that nearly all traffic is made of. One look finds all their headers, where the
// general way goes through a dissector, its registration and the frame's bookkeeping for each protocol. What is
// above TCP and UDP is dissected as always. Uncommon packets are left to the general way, and nothing is written
// before that is known. Both ways give the same, to which a test holds them.
import { portType } from "../analysis/destinations.ts";
import { newSegment, tcpFlag, type Segment } from "../analysis/tcp-sequence.ts";
import { hasComment } from "../file/packet-comment.ts";
import type { PacketView } from "../file/record.ts";
import { CommonHeaders, commonPaths, pathBit, udpSizeBytes, uncommon } from "./common-headers.ts";
import { countDissected } from "./dissect-frame.ts";
import type { Frame } from "./frame.ts";
import { countSegment, readHandshake } from "./transport/tcp.ts";
import { dissectSegmentPayload } from "./transport/tcp-payload.ts";
import { dissectDatagramPayload } from "./transport/udp.ts";

const tcpSizeMin = 20;

/** Counts common packets into the analyses of a frame. */
export class CommonPackets {
  readonly #frame: Frame;
  readonly #headers: CommonHeaders;
  readonly #segment: Segment = newSegment();
  /** Frames and bytes of each path, but for the first frame, which makes the path's place in the hierarchy. */
  readonly #counts = new Float64Array(commonPaths.length * 2);
  readonly #isKnown = new Uint8Array(commonPaths.length);

  constructor(frame: Frame) {
    this.#frame = frame;
    const { tcpStreams, udpStreams } = frame.analyses;
    this.#headers = new CommonHeaders({ tcp: tcpStreams.flows, udp: udpStreams.flows });
  }

  /** Counts the packet; false when it is for the general way. */
  take(packet: PacketView, number: number): boolean {
    if (packet.optionsLength > 0 && hasComment(packet)) return false;
    const path = this.#headers.find(packet);
    if (path === uncommon) return false;
    const { ethernet } = this.#frame.analyses;
    ethernet.addIn(this.#headers.view, packet.offset, packet.originalLength);
    if (path & pathBit.udp) this.#takeDatagram(packet, number, path);
    else this.#takeSegment(packet, number, path);
    return true;
  }

  /** Adds what was counted to the hierarchy; once, after the last packet. */
  finish(): void {
    const { hierarchy } = this.#frame.analyses;
    for (const [path, names] of commonPaths.entries()) {
      const frames = this.#counts[path * 2] ?? 0;
      if (frames > 0) hierarchy.addMany(names, frames, this.#counts[path * 2 + 1] ?? 0);
    }
  }

  #takeSegment(packet: PacketView, number: number, path: number): void {
    const frame = this.#frame;
    const headers = this.#headers;
    const segment = this.#segment;
    const { tcpStreams, traffic } = frame.analyses;
    const payload = headers.transport + headers.tcpSize();
    this.#readSegment(packet, headers.reportedEnd - payload);
    // A FIN may end what came before it.
    const isDissected =
      !frame.transportOnly && (segment.length > 0 || (segment.flags & tcpFlag.fin) !== 0);
    if (isDissected) this.#startFrame(packet, number, path);
    else this.#noteFrame(packet, number);
    this.#setEnds(packet.bytes, path);
    const stream = tcpStreams.locate(frame.ends, segment, frame);
    countSegment(frame, segment, stream, true);
    if (segment.flags & tcpFlag.syn) this.#readHandshake(packet.bytes, payload);
    if (isDissected) {
      this.#noteFlow(portType.tcp);
      dissectSegmentPayload(frame, payload, segment);
      countDissected(frame);
    } else {
      this.#count(path, packet.originalLength);
      traffic.addSegment(frame);
    }
  }

  #takeDatagram(packet: PacketView, number: number, path: number): void {
    const frame = this.#frame;
    const headers = this.#headers;
    const { udpStreams, traffic } = frame.analyses;
    const payload = headers.transport + udpSizeBytes;
    const isDissected = !frame.transportOnly && payload < headers.reportedEnd;
    if (isDissected) this.#startFrame(packet, number, path);
    else this.#noteFrame(packet, number);
    this.#setEnds(packet.bytes, path);
    frame.udpStream = udpStreams.locate(frame.ends, frame);
    udpStreams.countFrame(frame);
    if (isDissected) {
      this.#noteFlow(portType.udp);
      dissectDatagramPayload(frame, payload);
      countDissected(frame);
    } else {
      this.#count(path, packet.originalLength);
      traffic.addDatagram(frame);
    }
  }

  #readSegment({ seconds, nanoseconds }: PacketView, length: number): void {
    const { view, transport: at } = this.#headers;
    const segment = this.#segment;
    segment.sequence = view.getInt32(at + 4);
    segment.ack = view.getInt32(at + 8);
    segment.length = length;
    segment.flags = view.getUint8(at + 13);
    segment.window = view.getUint16(at + 14);
    segment.seconds = seconds;
    segment.nanoseconds = nanoseconds;
  }

  /** What the analyses of flows need of a frame. */
  #noteFrame(packet: PacketView, number: number): void {
    const frame = this.#frame;
    frame.number = number;
    frame.seconds = packet.seconds;
    frame.nanoseconds = packet.nanoseconds;
    frame.wireLength = packet.originalLength;
    frame.depth = 0;
  }

  /** What dissection needs of it. */
  #startFrame(packet: PacketView, number: number, path: number): void {
    const frame = this.#frame;
    frame.start(packet, number);
    frame.capturedEnd = this.#headers.capturedEnd;
    frame.reportedEnd = this.#headers.reportedEnd;
    for (const protocol of commonPaths[path] ?? []) frame.path[frame.depth++] = protocol;
  }

  #setEnds(bytes: Uint8Array, path: number): void {
    const { view, ip, transport } = this.#headers;
    const { ends } = this.#frame;
    if (path & pathBit.ipv6) ends.setIpv6(bytes, ip);
    else ends.setIpv4In(view, ip);
    ends.sourcePort = view.getUint16(transport);
    ends.destinationPort = view.getUint16(transport + 2);
  }

  #readHandshake(bytes: Uint8Array, payload: number): void {
    const frame = this.#frame;
    frame.bytes = bytes;
    frame.capturedEnd = this.#headers.capturedEnd;
    readHandshake(frame, this.#segment, this.#headers.transport + tcpSizeMin, payload);
  }

  /** For frames that may hold further ones, which are then counted apart. */
  #noteFlow(transport: typeof portType.tcp | typeof portType.udp): void {
    const { ends, analyses } = this.#frame;
    this.#frame.portType = transport;
    analyses.ipTraffic.noteHeader(ends);
    analyses.ipTraffic.noteFlow(ends, transport);
  }

  #count(path: number, bytes: number): void {
    const counts = this.#counts;
    if (this.#isKnown[path] === 0) {
      this.#isKnown[path] = 1;
      const names = commonPaths[path] ?? [];
      this.#frame.analyses.hierarchy.add(names, names.length, bytes);
      return;
    }
    counts[path * 2] = (counts[path * 2] ?? 0) + 1;
    counts[path * 2 + 1] = (counts[path * 2 + 1] ?? 0) + bytes;
  }
}
