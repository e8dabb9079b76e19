import type { TcpStream, TcpTotals } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import { toNanoseconds, type Time } from "../file/time.ts";
import { KeyTable } from "./key-table.ts";
import { segmentFlag, TcpStreamState, windowScale, type TcpFlow } from "./tcp-flow.ts";
import { analyzeSegment, elapsed, tcpFlag, type Segment } from "./tcp-sequence.ts";

/** Streams of one capture; segments of further ones are counted as overflow and in no stream. */
const streamCountMax = 1_500_000;

/** Where a segment comes from and goes to; addresses by their numbers. */
export interface SegmentEnds {
  source: number;
  sourcePort: number;
  destination: number;
  destinationPort: number;
}

/** All TCP streams of a capture, numbered as `tcp.stream` numbers them. */
export class TcpStreams {
  readonly #addresses: Addresses;
  readonly #table = new KeyTable(3, streamCountMax);
  /** The latest stream of each pair of ends: ports may be used again. */
  readonly #latest: TcpStreamState[] = [];
  readonly #streams: TcpStreamState[] = [];
  readonly #flagCounts = new Float64Array(16);
  readonly #totals = { rst: 0, syn: 0, synAck: 0, fin: 0 };
  #overflow = 0;

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  get overflow(): number {
    return this.#overflow + this.#table.overflow;
  }

  /** The stream that a segment belongs to, opened when it is new; null when there are too many. */
  find(ends: SegmentEnds): TcpStreamState | null {
    const forward =
      ends.source < ends.destination ||
      (ends.source === ends.destination && ends.sourcePort <= ends.destinationPort);
    const { key } = this.#table;
    key[0] = forward ? ends.source : ends.destination;
    key[1] = forward ? ends.destination : ends.source;
    key[2] = forward
      ? (ends.sourcePort << 16) | ends.destinationPort
      : (ends.destinationPort << 16) | ends.sourcePort;
    const index = this.#table.findOrAdd();
    if (index < 0) return null;
    return this.#latest[index] ?? this.#open(index, ends);
  }

  /**
   * The stream of a segment whose ports may be in use again: a SYN with another sequence number opens a
   * new one. Returns `reusedPorts` in `flags` where Wireshark says so.
   */
  findForSegment(ends: SegmentEnds, segment: Segment): TcpStreamState | null {
    this.reused = 0;
    const stream = this.find(ends);
    if (!stream) return null;
    const flow = directionFrom(stream, ends);
    const handshake = segment.flags & (tcpFlag.syn | tcpFlag.ack);
    if (!(handshake & tcpFlag.syn)) return stream;
    if (!flow.baseIsSet) {
      if (handshake & tcpFlag.ack) flow.firstSynAckSequence = segment.sequence;
      return stream;
    }
    const differs = segment.sequence !== flow.baseSequence;
    if (handshake === tcpFlag.syn) {
      if (!differs) {
        // A reset may have moved it: RFC 9293, 3.5.2.
        flow.nextSequence = flow.maxSequenceToBeAcknowledged;
        return stream;
      }
      this.reused = segmentFlag.reusedPorts;
      return this.#open(this.#table.findOrAdd(), ends) ?? stream;
    } else if (differs) {
      this.reused = segmentFlag.reusedPorts;
      flow.baseSequence = segment.sequence;
    }
    if (handshake !== tcpFlag.syn && flow.firstSynAckSequence < 0 && this.reused === 0)
      flow.firstSynAckSequence = segment.sequence;
    return stream;
  }

  /** Set by `findForSegment`. */
  reused = 0;

  /** Judges a segment, counts what it is, and returns its flags (`segmentFlag`). */
  add(stream: TcpStreamState, ends: SegmentEnds, segment: Segment, hasLength: boolean): number {
    const forward = directionFrom(stream, ends);
    const reverse = forward === stream.fromA ? stream.fromB : stream.fromA;
    let flags = this.reused;
    if (hasLength) flags |= analyzeSegment(stream, forward, reverse, segment);
    this.#countFlags(flags);
    noteHandshake(stream, forward, segment);
    return flags;
  }

  countFrame(stream: TcpStreamState, ends: SegmentEnds, wireLength: number): void {
    const flow = directionFrom(stream, ends);
    flow.frames++;
    flow.bytes += wireLength;
  }

  countTcpFlags(flags: number): void {
    if (flags & tcpFlag.rst) this.#totals.rst++;
    if (flags & tcpFlag.fin) this.#totals.fin++;
    if (flags & tcpFlag.syn) {
      if (flags & tcpFlag.ack) this.#totals.synAck++;
      else this.#totals.syn++;
    }
  }

  result(): TcpStream[] {
    return this.#streams.map((stream) => ({
      stream: stream.number,
      a: { address: this.#addresses.text(stream.a.address), port: stream.a.port },
      b: { address: this.#addresses.text(stream.b.address), port: stream.b.port },
      framesAToB: stream.fromA.frames,
      bytesAToB: stream.fromA.bytes,
      framesBToA: stream.fromB.frames,
      bytesBToA: stream.fromB.bytes,
      initialRtt: durationText(stream.initialRtt),
      synAckRtt: durationText(stream.synAckRtt),
    }));
  }

  totals(): TcpTotals {
    const count = (flag: number): number => this.#flagCounts[31 - Math.clz32(flag)] ?? 0;
    const f = segmentFlag;
    return {
      retransmission:
        count(f.retransmission) + count(f.fastRetransmission) + count(f.spuriousRetransmission),
      fastRetransmission: count(f.fastRetransmission),
      spuriousRetransmission: count(f.spuriousRetransmission),
      outOfOrder: count(f.outOfOrder),
      lostSegment: count(f.lostSegment),
      ackLostSegment: count(f.ackLostSegment),
      duplicateAck: count(f.duplicateAck),
      zeroWindow: count(f.zeroWindow),
      zeroWindowProbe: count(f.zeroWindowProbe),
      zeroWindowProbeAck: count(f.zeroWindowProbeAck),
      windowFull: count(f.windowFull),
      windowUpdate: count(f.windowUpdate),
      keepAlive: count(f.keepAlive),
      keepAliveAck: count(f.keepAliveAck),
      reusedPorts: count(f.reusedPorts) + this.#contradictedSynAcks(),
      ...this.#totals,
    };
  }

  /** Streams whose first SYN/ACK is not the one that counted in the end: tshark tells those too. */
  #contradictedSynAcks(): number {
    const isContradicted = ({ firstSynAckSequence, baseSequence }: TcpFlow): boolean =>
      firstSynAckSequence >= 0 && firstSynAckSequence !== baseSequence;
    return this.#streams.filter(
      ({ fromA, fromB }) => isContradicted(fromA) || isContradicted(fromB),
    ).length;
  }

  #open(index: number, ends: SegmentEnds): TcpStreamState | null {
    if (this.#streams.length >= streamCountMax) {
      this.#overflow++;
      return null;
    }
    const stream = new TcpStreamState(
      this.#streams.length,
      { address: ends.source, port: ends.sourcePort },
      { address: ends.destination, port: ends.destinationPort },
    );
    this.#latest[index] = stream;
    this.#streams.push(stream);
    return stream;
  }

  #countFlags(flags: number): void {
    for (let left = flags; left !== 0; left &= left - 1) {
      const bit = 31 - Math.clz32(left & -left);
      this.#flagCounts[bit] = (this.#flagCounts[bit] ?? 0) + 1;
    }
  }
}

/** The direction of a stream in which a segment goes. */
export function directionFrom(stream: TcpStreamState, ends: SegmentEnds): TcpFlow {
  return ends.source === stream.a.address && ends.sourcePort === stream.a.port
    ? stream.fromA
    : stream.fromB;
}

/** Nanoseconds as text; exactly 0 counts as unset, as Wireshark has it. */
function durationText(duration: Time | null): string | null {
  if (!duration) return null;
  const nanoseconds = toNanoseconds(duration);
  return nanoseconds === 0n ? null : String(nanoseconds);
}

/** Initial RTT: last SYN to the first segment with ACK and without SYN, in either direction. */
function noteHandshake(stream: TcpStreamState, forward: TcpFlow, segment: Segment): void {
  const handshake = segment.flags & (tcpFlag.syn | tcpFlag.ack);
  if (handshake & tcpFlag.syn) {
    forward.isFirstAck = true;
    if (handshake === tcpFlag.syn) {
      stream.lastSynSeconds = segment.seconds;
      stream.lastSynNanoseconds = segment.nanoseconds;
    }
    return;
  }
  if (handshake !== tcpFlag.ack) return;
  const hasSyn = stream.lastSynSeconds > 0 || stream.lastSynNanoseconds !== 0;
  if (hasSyn && stream.lastSynSeconds >= 0 && stream.initialRttNanoseconds === 0) {
    stream.initialRtt = elapsed(segment, stream.lastSynSeconds, stream.lastSynNanoseconds);
    stream.initialRttNanoseconds = stream.initialRtt.seconds * 1e9 + stream.initialRtt.nanoseconds;
  }
  forward.isFirstAck = false;
}

/** After a SYN's options are read: scaling is only used when both sides offered it (RFC 7323, 2.2). */
export function verifyWindowScaling(
  stream: TcpStreamState,
  ends: SegmentEnds,
  isSynAck: boolean,
): void {
  const forward = directionFrom(stream, ends);
  const reverse = forward === stream.fromA ? stream.fromB : stream.fromA;
  if (forward.windowScale === windowScale.unknown) {
    forward.windowScale = windowScale.none;
    reverse.windowScale = windowScale.none;
  } else if (isSynAck && reverse.windowScale === windowScale.none) {
    forward.windowScale = windowScale.none;
  }
}
