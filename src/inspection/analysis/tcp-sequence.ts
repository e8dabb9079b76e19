// Wireshark's TCP sequence analysis (its User's Guide, "TCP Analysis", lists the rules): which segments
// are retransmissions, keep-alives and so on, judged from one pass in capture order.
import { segmentFlag, windowScale, type TcpFlow, type TcpStreamState } from "./tcp-flow.ts";
import type { Time } from "../file/time.ts";

export const tcpFlag = { fin: 1, syn: 2, rst: 4, push: 8, ack: 16 } as const;

/** What the analysis needs of one segment; reused by its owner. */
export interface Segment {
  sequence: number;
  ack: number;
  /** Payload bytes. */
  length: number;
  flags: number;
  /** As in the header, not scaled. */
  window: number;
  seconds: number;
  nanoseconds: number;
}

const fastRetransmissionNanoseconds = 20_000_000;
const outOfOrderNanoseconds = 3_000_000;
const synFinRst = tcpFlag.syn | tcpFlag.fin | tcpFlag.rst;

const isAfter = (one: number, other: number): boolean => ((other - one) | 0) < 0;
const isBefore = (one: number, other: number): boolean => ((one - other) | 0) < 0;
const isNotAfter = (one: number, other: number): boolean => ((one - other) | 0) <= 0;

/** Judges one segment from `forward` to `reverse`, updates both, and returns the segment's flags. */
export function analyzeSegment(
  stream: TcpStreamState,
  forward: TcpFlow,
  reverse: TcpFlow,
  segment: Segment,
): number {
  setBases(forward, reverse, segment);
  let flags = judgeForward(stream, forward, reverse, segment);
  if (segment.ack !== forward.lastAck) forward.duplicateAcks = 0;
  flags |= judgeAck(reverse, segment);
  flags |= judgeRepetition(stream, forward, reverse, { segment, flags });
  advance(forward, segment, flags);
  forward.lastFlags = flags;
  acknowledge(stream, reverse, segment);
  return flags;
}

function setBases(forward: TcpFlow, reverse: TcpFlow, { sequence, ack, flags }: Segment): void {
  if (!forward.baseIsSet) {
    forward.baseSequence = (flags & tcpFlag.syn ? sequence : sequence - 1) >>> 0;
    forward.baseIsSet = true;
  }
  if (!reverse.baseIsSet && flags & tcpFlag.ack) {
    reverse.baseSequence = (ack - 1) >>> 0;
    reverse.baseIsSet = true;
  }
}

function judgeForward(
  stream: TcpStreamState,
  forward: TcpFlow,
  reverse: TcpFlow,
  segment: Segment,
): number {
  const { sequence, length, window } = segment;
  if (length === 1 && sequence === forward.nextSequence && reverse.window === 0)
    return segmentFlag.zeroWindowProbe;
  const plain = (segment.flags & synFinRst) === 0;
  let flags = window === 0 && plain ? segmentFlag.zeroWindow : 0;
  if (
    forward.nextSequence !== 0 &&
    isAfter(sequence, forward.nextSequence) &&
    !(segment.flags & tcpFlag.rst)
  )
    flags |= segmentFlag.lostSegment;
  if (length <= 1 && sequence === (forward.nextSequence - 1) >>> 0 && plain)
    flags |= segmentFlag.keepAlive;
  if (length > 0 && plain && fillsWindow(reverse, segment)) flags |= segmentFlag.windowFull;
  if (length === 0 && plain) flags |= judgePureAck(stream, forward, reverse, segment);
  return flags;
}

function fillsWindow(reverse: TcpFlow, { sequence, length }: Segment): boolean {
  if (reverse.windowScale === windowScale.unknown) return false;
  const shift = reverse.isFirstAck || reverse.windowScale < 0 ? 0 : reverse.windowScale;
  return (sequence + length) >>> 0 === (reverse.lastAck + (reverse.window << shift)) >>> 0;
}

/** Segments without data that repeat the last acknowledgement. */
function judgePureAck(
  stream: TcpStreamState,
  forward: TcpFlow,
  reverse: TcpFlow,
  { sequence, ack, window }: Segment,
): number {
  if (sequence !== forward.nextSequence || ack !== forward.lastAck) return 0;
  if (window !== forward.window) return window === 0 ? 0 : segmentFlag.windowUpdate;
  if (window === 0)
    return reverse.lastFlags & segmentFlag.zeroWindowProbe ? segmentFlag.zeroWindowProbeAck : 0;
  if (reverse.lastFlags & segmentFlag.keepAlive) return segmentFlag.keepAliveAck;
  // Multipath TCP may repeat acknowledgements on purpose (RFC 8684, 4).
  if (stream.mptcp && stream.mptcpOperations !== forward.mptcpOperations) return 0;
  forward.duplicateAcks = forward.duplicateAcks === -1 ? 1 : forward.duplicateAcks + 1;
  return segmentFlag.duplicateAck;
}

/** An acknowledgement of what the capture does not hold. */
function judgeAck(reverse: TcpFlow, { ack, flags }: Segment): number {
  const max = reverse.maxSequenceToBeAcknowledged;
  if (max === 0 || !isAfter(ack, max) || !(flags & tcpFlag.ack)) return 0;
  if (isAfter(reverse.nextSequence, max)) {
    reverse.maxSequenceToBeAcknowledged = reverse.nextSequence;
    return segmentFlag.ackLostSegment;
  }
  // The other side only acknowledges: tell it once, until its acknowledgement moves.
  const isFirst = reverse.duplicateAcks === 0;
  reverse.duplicateAcks = -1;
  return isFirst ? segmentFlag.ackLostSegment : 0;
}

function judgeRepetition(
  stream: TcpStreamState,
  forward: TcpFlow,
  reverse: TcpFlow,
  { segment, flags }: { segment: Segment; flags: number },
): number {
  const { sequence, length } = segment;
  const synFin = segment.flags & (tcpFlag.syn | tcpFlag.fin);
  if ((length === 0 && synFin === 0) || flags & segmentFlag.keepAlive) return 0;
  const end = (sequence + length) >>> 0;
  if (length > 0 && reverse.lastAck !== 0 && isNotAfter(end, reverse.lastAck))
    return segmentFlag.spuriousRetransmission;
  const next = forward.nextSequence;
  const repeats =
    next !== 0 && isBefore(sequence, next) && !(length > 1 && (next - 1) >>> 0 === sequence);
  if (!repeats) return 0;
  if (
    reverse.duplicateAcks >= 2 &&
    reverse.lastAck === sequence &&
    isWithin(
      segment,
      reverse.lastAckSeconds,
      reverse.lastAckNanoseconds,
      fastRetransmissionNanoseconds,
    )
  )
    return segmentFlag.fastRetransmission;
  const threshold =
    stream.initialRttNanoseconds === 0 ? outOfOrderNanoseconds : stream.initialRttNanoseconds;
  if (
    next !== (end + (synFin ? 1 : 0)) >>> 0 &&
    isWithin(segment, forward.nextSequenceSeconds, forward.nextSequenceNanoseconds, threshold)
  )
    return segmentFlag.outOfOrder;
  return segmentFlag.retransmission;
}

/** True when the segment came less than `limit` nanoseconds after a time, and not before it. */
function isWithin(segment: Segment, seconds: number, nanoseconds: number, limit: number): boolean {
  const since = (segment.seconds - seconds) * 1e9 + segment.nanoseconds - nanoseconds;
  return since >= 0 && since < limit;
}

/** Time from then to the segment; exact, where a number of nanoseconds would not be. */
export function elapsed(segment: Segment, seconds: number, nanoseconds: number): Time {
  return {
    seconds: segment.seconds - seconds,
    nanoseconds: segment.nanoseconds - nanoseconds,
  };
}

/** Records what the segment sent and acknowledged. */
function advance(forward: TcpFlow, segment: Segment, flags: number): void {
  const { sequence, length, seconds, nanoseconds } = segment;
  const synFin = segment.flags & (tcpFlag.syn | tcpFlag.fin);
  let next = (sequence + length) >>> 0;
  if ((length > 0 || synFin) && !forward.unacknowledged.isFull) {
    if (synFin) next = (next + 1) >>> 0;
    forward.unacknowledged.push(sequence, next, seconds, nanoseconds);
  }
  const isProbe = (flags & segmentFlag.zeroWindowProbe) !== 0;
  if (!isProbe && (isAfter(next, forward.nextSequence) || forward.nextSequence === 0)) {
    forward.nextSequence = next;
    forward.nextSequenceSeconds = seconds;
    forward.nextSequenceNanoseconds = nanoseconds;
  }
  const max = forward.maxSequenceToBeAcknowledged;
  if (!isProbe && (sequence === max || max === 0))
    forward.maxSequenceToBeAcknowledged = forward.nextSequence;
  forward.window = segment.window;
  forward.lastAck = segment.ack;
  forward.lastAckSeconds = seconds;
  forward.lastAckNanoseconds = nanoseconds;
}

/** Forgets what is acknowledged; the oldest segment that ends at the acknowledgement gives the time. */
function acknowledge(stream: TcpStreamState, reverse: TcpFlow, segment: Segment): void {
  const list = reverse.unacknowledged;
  const { ack } = segment;
  const synAck = tcpFlag.syn | tcpFlag.ack;
  let isTimed = (segment.flags & synAck) !== synAck || stream.synAckRtt !== null;
  let kept = 0;
  for (let index = 0; index < list.count; index++) {
    const sequence = list.sequence(index);
    const next = list.nextSequence(index);
    if (ack === next) {
      if (!isTimed)
        stream.synAckRtt = elapsed(segment, list.seconds(index), list.nanoseconds(index));
      isTimed = true;
    } else if (isAfter(next, ack)) {
      list.keep(kept++, index, isAfter(ack, sequence) ? ack : sequence);
    }
  }
  list.count = kept;
}
