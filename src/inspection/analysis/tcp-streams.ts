import type { TcpStream, TcpTotals } from "../inspection.ts";
import type { Addresses } from "./addresses.ts";
import type { Ends } from "./ends.ts";
import { bytesAt, countAt, FlowTable, type FlowFrame } from "./flow-table.ts";
import { endpointsOf } from "./flow-ends.ts";
import {
  completeness,
  completenessShift,
  scaleOf,
  segmentFlag,
  setScale,
  sideA,
  sideB,
  sideFlag,
  sideWord,
  streamFlag,
  streamRowWords,
  streamWord,
  windowScale,
} from "./tcp-row.ts";
import { analyzeSegment, tcpFlag, type Segment, type Sides } from "./tcp-sequence.ts";
import { Unacknowledged } from "./unacknowledged.ts";

// The compiler folds what is read of a module's own constants, and reads what is imported anew each time.
const word = sideWord;
const shared = streamWord;
const told = segmentFlag;
const known = sideFlag;
const measured = streamFlag;
const progress = completeness;
const bit = tcpFlag;

/** Streams of one capture; segments of further ones are counted as overflow and in no stream. */
const streamCountMax = 1_500_000;

const retransmissionFlags =
  told.retransmission | told.fastRetransmission | told.spuriousRetransmission;

/** All TCP streams of a capture, numbered as `tcp.stream` numbers them. */
export class TcpStreams {
  readonly flows = new FlowTable(streamRowWords, streamCountMax);
  readonly #addresses: Addresses;
  readonly #waiting = new Unacknowledged();
  readonly #flagCounts = new Float64Array(16);
  readonly #totals = { rst: 0, syn: 0, synAck: 0, fin: 0 };
  #reused = 0;
  /** The stream of the last segment, as `locate` found it. */
  readonly sides: Sides = { rows: this.flows.rows, row: 0, forward: 0, reverse: 0 };

  constructor(addresses: Addresses) {
    this.#addresses = addresses;
  }

  get overflow(): number {
    return this.flows.overflow;
  }

  get count(): number {
    return this.flows.count;
  }

  /**
   * The stream of a segment, -1 when there are too many. Ports may be in use again: a SYN with another
   * sequence number opens a new one.
   */
  locate(ends: Ends, segment: Segment, frame: FlowFrame): number {
    this.#reused = 0;
    const stream = this.flows.locate(ends, frame);
    if (stream < 0) return stream;
    this.#point();
    if ((segment.flags & bit.syn) === 0) return stream;
    return this.#opensAgain(segment) ? this.#reopen(stream, ends, frame) : stream;
  }

  /**
   * Gives these ends the next number where they have none, as Wireshark does for what a tunnel carries. The
   * segment being dissected stays the one that `sides` tells of; what `flows` tells of has to be located again.
   */
  reserve(ends: Ends, frame: FlowFrame): void {
    const { flows } = this;
    if (flows.locate(ends, frame) < 0 || !flows.isNew) return;
    const { rows, row } = flows;
    rows[row + sideA + word.window] = -1;
    rows[row + sideB + word.window] = -1;
    rows[row + shared.flags] = measured.isReserved;
  }

  /** True of a number that no segment has: it is left out of every list. */
  isUnused(stream: number): boolean {
    this.flows.select(stream);
    const { rows, row } = this.flows;
    return (
      ((rows[row + shared.flags] ?? 0) & measured.isReserved) !== 0 &&
      rows[row + sideA + word.counts] === 0 &&
      rows[row + sideB + word.counts] === 0
    );
  }

  /** Judges the segment just located, counts what it is, and returns its flags (`segmentFlag`). */
  add(segment: Segment, hasLength: boolean): number {
    const { sides } = this;
    let flags = this.#reused;
    if (hasLength) flags |= analyzeSegment(sides, segment, this.#waiting);
    if (flags !== 0) this.#countFlags(flags);
    this.#noteProgress(segment);
    return flags;
  }

  countFrame(frame: FlowFrame & { wireLength: number }): void {
    const { rows, forward } = this.sides;
    countAt(rows, forward + word.counts, frame.wireLength);
    this.flows.touch(frame);
  }

  countTcpFlags(flags: number): void {
    if ((flags & (bit.rst | bit.fin | bit.syn)) === 0) return;
    if (flags & bit.rst) this.#totals.rst++;
    if (flags & bit.fin) this.#totals.fin++;
    if (flags & bit.syn) {
      if (flags & bit.ack) this.#totals.synAck++;
      else this.#totals.syn++;
    }
  }

  /** What a SYN's option says of its sender's windows (RFC 7323, 2). */
  offerScale(scale: number): void {
    setScale(this.sides.rows, this.sides.forward, scale);
  }

  /** After a SYN's options are read: scaling is only used when both sides offered it (RFC 7323, 2.2). */
  settleScale(isSynAck: boolean): void {
    const { rows, forward, reverse } = this.sides;
    if (scaleOf(rows, forward) === windowScale.unknown) {
      setScale(rows, forward, windowScale.none);
      setScale(rows, reverse, windowScale.none);
    } else if (isSynAck && scaleOf(rows, reverse) === windowScale.none) {
      setScale(rows, forward, windowScale.none);
    }
  }

  /** What the stream has shown, as `tcp.completeness`. */
  completeness(stream: number): number {
    this.flows.select(stream);
    const { rows, row } = this.flows;
    return (rows[row + shared.flags] ?? 0) >>> completenessShift;
  }

  /** One stream by its number. */
  stream(number: number): TcpStream {
    this.flows.select(number);
    const { rows, row } = this.flows;
    return {
      stream: number,
      ...endpointsOf(rows, row, this.#addresses),
      framesAToB: rows[row + sideA + word.counts] ?? 0,
      bytesAToB: bytesAt(rows, row + sideA + word.counts),
      framesBToA: rows[row + sideB + word.counts] ?? 0,
      bytesBToA: bytesAt(rows, row + sideB + word.counts),
      ...this.roundTrips(number),
    };
  }

  /** The round-trip times of a stream's handshake. */
  roundTrips(stream: number): { initialRtt: string | null; synAckRtt: string | null } {
    this.flows.select(stream);
    const { rows, row } = this.flows;
    const flags = rows[row + shared.flags] ?? 0;
    const time = (flag: number, at: number): string | null => {
      const seconds = rows[at] ?? 0;
      const nanoseconds = rows[at + 1] ?? 0;
      // Exactly 0 counts as unset, as Wireshark has it.
      const isSet = (flags & flag) !== 0 && (seconds !== 0 || nanoseconds !== 0);
      return isSet ? durationText(seconds, nanoseconds) : null;
    };
    return {
      initialRtt: time(measured.hasInitialRtt, row + shared.initialRttSeconds),
      synAckRtt: time(measured.hasSynAckRtt, row + shared.synAckRttSeconds),
    };
  }

  /** Every stream in the order of their numbers, one at a time. */
  *all(): Generator<TcpStream> {
    for (let number = 0; number < this.count; number++)
      if (!this.isUnused(number)) yield this.stream(number);
  }

  totals(): TcpTotals {
    const count = (flag: number): number => this.#flagCounts[31 - Math.clz32(flag)] ?? 0;
    const f = told;
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

  #point(): void {
    const { flows, sides } = this;
    const { row } = flows;
    // Writing a reference costs more than comparing it, and most segments are of the same block.
    if (sides.rows !== flows.rows) sides.rows = flows.rows;
    sides.row = row;
    sides.forward = row + (flows.isFromA ? sideA : sideB);
    sides.reverse = row + (flows.isFromA ? sideB : sideA);
    if (!flows.isNew) return;
    sides.rows[sides.forward + word.window] = -1;
    sides.rows[sides.reverse + word.window] = -1;
  }

  #reopen(stream: number, ends: Ends, frame: FlowFrame): number {
    const opened = this.flows.reopen(ends, frame);
    if (opened < 0) return stream;
    this.#point();
    return opened;
  }

  /** True when a SYN begins another connection; notes what it says of this one otherwise. */
  #opensAgain(segment: Segment): boolean {
    const { sides } = this;
    const { rows, forward } = sides;
    const flags = rows[forward + word.flags] ?? 0;
    const isSynAck = (segment.flags & bit.ack) !== 0;
    if ((flags & known.baseIsSet) === 0) {
      if (isSynAck) this.#noteFirstSynAck(segment);
      return false;
    }
    const differs = segment.sequence !== rows[forward + word.baseSequence];
    if (!isSynAck && !differs) {
      // A reset may have moved it: RFC 9293, 3.5.2.
      rows[forward + word.nextSequence] = rows[forward + word.maxSequenceToBeAcknowledged] ?? 0;
      return false;
    }
    if (differs) this.#reused = told.reusedPorts;
    if (!isSynAck) return true;
    if (differs) rows[forward + word.baseSequence] = segment.sequence;
    else if ((flags & known.hasFirstSynAck) === 0) this.#noteFirstSynAck(segment);
    return false;
  }

  #noteFirstSynAck({ sequence }: Segment): void {
    const { rows, forward } = this.sides;
    rows[forward + word.firstSynAckSequence] = sequence;
    rows[forward + word.flags] = (rows[forward + word.flags] ?? 0) | known.hasFirstSynAck;
  }

  /** Streams whose first SYN/ACK is not the one that counted in the end: tshark tells those too. */
  #contradictedSynAcks(): number {
    let contradicted = 0;
    for (let stream = 0; stream < this.count; stream++) {
      this.flows.select(stream);
      const { rows, row } = this.flows;
      if (isContradicted(rows, row + sideA) || isContradicted(rows, row + sideB)) contradicted++;
    }
    return contradicted;
  }

  #countFlags(flags: number): void {
    for (let left = flags; left !== 0; left &= left - 1) {
      const index = 31 - Math.clz32(left & -left);
      this.#flagCounts[index] = (this.#flagCounts[index] ?? 0) + 1;
    }
    const { rows, row } = this.sides;
    if (flags & retransmissionFlags) increment(rows, row + shared.retransmissions);
    if (flags & told.outOfOrder) increment(rows, row + shared.outOfOrder);
    if (flags & told.lostSegment) increment(rows, row + shared.lostSegments);
    if (flags & told.duplicateAck) increment(rows, row + shared.duplicateAcks);
    if (flags & told.zeroWindow) increment(rows, row + shared.zeroWindows);
  }

  /**
   * How far the connection came (`tcp.completeness`), and its initial RTT: last SYN to the first segment
   * with ACK and without SYN, in either direction.
   */
  #noteProgress(segment: Segment): void {
    const { rows, row, forward } = this.sides;
    const { flags } = segment;
    const isSyn = (flags & bit.syn) !== 0;
    const isAck = (flags & bit.ack) !== 0;
    let kept = rows[row + shared.flags] ?? 0;
    kept |= progressOf(segment) << completenessShift;
    if (isSyn && !isAck) {
      rows[row + shared.lastSynSeconds] = segment.seconds;
      rows[row + shared.lastSynNanoseconds] = segment.nanoseconds;
      kept = segment.seconds > 0 || segment.nanoseconds !== 0 ? kept | measured.hasSyn : kept;
    }
    const mayMeasure = measured.hasSyn | measured.hasInitialRtt;
    if (isAck && !isSyn && (kept & mayMeasure) === measured.hasSyn)
      kept = measureInitialRtt(rows, row, segment, kept);
    rows[row + shared.flags] = kept;
    if (!isSyn && !isAck) return;
    const sideFlags = rows[forward + word.flags] ?? 0;
    rows[forward + word.flags] = isSyn
      ? sideFlags | known.isFirstAck
      : sideFlags & ~known.isFirstAck;
  }
}

function progressOf({ flags, length }: Segment): number {
  let shown = length > 0 ? progress.data : 0;
  if (flags & bit.syn) shown |= flags & bit.ack ? progress.synAck : progress.syn;
  else if (flags & bit.ack) shown |= progress.ack;
  if (flags & bit.fin) shown |= progress.fin;
  if (flags & bit.rst) shown |= progress.rst;
  return shown;
}

/** A time of exactly 0 counts as unset, as Wireshark has it. */
function measureInitialRtt(rows: Int32Array, row: number, segment: Segment, flags: number): number {
  const seconds = segment.seconds - (rows[row + shared.lastSynSeconds] ?? 0);
  const nanoseconds = segment.nanoseconds - (rows[row + shared.lastSynNanoseconds] ?? 0);
  if (seconds === 0 && nanoseconds === 0) return flags;
  rows[row + shared.initialRttSeconds] = seconds;
  rows[row + shared.initialRttNanoseconds] = nanoseconds;
  return flags | measured.hasInitialRtt;
}

function isContradicted(rows: Int32Array, side: number): boolean {
  return (
    ((rows[side + word.flags] ?? 0) & known.hasFirstSynAck) !== 0 &&
    rows[side + word.firstSynAckSequence] !== rows[side + word.baseSequence]
  );
}

function increment(rows: Int32Array, at: number): void {
  rows[at] = (rows[at] ?? 0) + 1;
}

/** Seconds and nanoseconds as one text of nanoseconds. */
export function durationText(seconds: number, nanoseconds: number): string {
  const exact = seconds * 1e9 + nanoseconds;
  return Number.isSafeInteger(exact)
    ? String(exact)
    : String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
}
