// Wireshark's TCP sequence analysis (its User's Guide, "TCP Analysis", lists the rules): which segments
// are retransmissions, keep-alives and so on, judged from one pass in capture order.
import {
  scaleOf,
  segmentFlag,
  segmentFlagMask,
  sideFlag,
  sideWord,
  streamFlag,
  streamWord,
  windowScale,
} from "./tcp-row.ts";
import { segmentWord, type Unacknowledged } from "./unacknowledged.ts";

export const tcpFlag = { fin: 1, syn: 2, rst: 4, push: 8, ack: 16 } as const;

/** What the analysis needs of one segment, numbers of 32 bits signed; reused by its owner. */
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

export function newSegment(): Segment {
  return { sequence: 0, ack: 0, length: 0, flags: 0, window: 0, seconds: 0, nanoseconds: 0 };
}

/** Where a segment's stream is: its row, and the directions that go with it and against it. */
export interface Sides {
  rows: Int32Array;
  row: number;
  forward: number;
  reverse: number;
}

/** Segments of one direction that may wait for an acknowledgement, as Wireshark bounds them. */
const waitingCountMax = 10_000;
const waitingUnit = 1 << 16;
const fastRetransmissionNanoseconds = 20_000_000;
const outOfOrderNanoseconds = 3_000_000;
const synFinRst = tcpFlag.syn | tcpFlag.fin | tcpFlag.rst;

const isAfter = (one: number, other: number): boolean => ((other - one) | 0) < 0;
const isBefore = (one: number, other: number): boolean => ((one - other) | 0) < 0;
const isNotAfter = (one: number, other: number): boolean => ((one - other) | 0) <= 0;

/** Judges one segment, updates both directions, and returns the segment's flags. */
export function analyzeSegment(sides: Sides, segment: Segment, waiting: Unacknowledged): number {
  const { rows, forward, reverse } = sides;
  setBases(sides, segment);
  let flags = judgeForward(sides, segment);
  if (segment.ack !== rows[forward + sideWord.lastAck]) rows[forward + sideWord.duplicateAcks] = 0;
  flags |= judgeAck(rows, reverse, segment);
  flags |= judgeRepetition(sides, segment, flags);
  advance(sides, segment, flags, waiting);
  const kept = (rows[forward + sideWord.flags] ?? 0) & ~segmentFlagMask;
  rows[forward + sideWord.flags] = kept | flags;
  acknowledge(sides, segment, waiting);
  return flags;
}

function setBases({ rows, forward, reverse }: Sides, { sequence, ack, flags }: Segment): void {
  const forwardFlags = rows[forward + sideWord.flags] ?? 0;
  if ((forwardFlags & sideFlag.baseIsSet) === 0) {
    rows[forward + sideWord.baseSequence] = flags & tcpFlag.syn ? sequence : sequence - 1;
    rows[forward + sideWord.flags] = forwardFlags | sideFlag.baseIsSet;
  }
  if ((flags & tcpFlag.ack) === 0) return;
  const reverseFlags = rows[reverse + sideWord.flags] ?? 0;
  if ((reverseFlags & sideFlag.baseIsSet) !== 0) return;
  rows[reverse + sideWord.baseSequence] = ack - 1;
  rows[reverse + sideWord.flags] = reverseFlags | sideFlag.baseIsSet;
}

function judgeForward(sides: Sides, segment: Segment): number {
  const { rows, forward, reverse } = sides;
  const { sequence, length, window } = segment;
  const next = rows[forward + sideWord.nextSequence] ?? 0;
  if (length === 1 && sequence === next && rows[reverse + sideWord.window] === 0)
    return segmentFlag.zeroWindowProbe;
  const plain = (segment.flags & synFinRst) === 0;
  let flags = window === 0 && plain ? segmentFlag.zeroWindow : 0;
  if (next !== 0 && isAfter(sequence, next) && !(segment.flags & tcpFlag.rst))
    flags |= segmentFlag.lostSegment;
  if (!plain) return flags;
  if (length <= 1 && sequence === ((next - 1) | 0)) flags |= segmentFlag.keepAlive;
  if (length > 0 && fillsWindow(rows, reverse, segment)) flags |= segmentFlag.windowFull;
  if (length === 0) flags |= judgePureAck(sides, segment);
  return flags;
}

function fillsWindow(rows: Int32Array, reverse: number, { sequence, length }: Segment): boolean {
  const scale = scaleOf(rows, reverse);
  if (scale === windowScale.unknown) return false;
  const isFirstAck = ((rows[reverse + sideWord.flags] ?? 0) & sideFlag.isFirstAck) !== 0;
  const shift = isFirstAck || scale < 0 ? 0 : scale;
  const window = (rows[reverse + sideWord.window] ?? 0) << shift;
  return ((sequence + length) | 0) === (((rows[reverse + sideWord.lastAck] ?? 0) + window) | 0);
}

/** Segments without data that repeat the last acknowledgement. */
function judgePureAck({ rows, forward, reverse }: Sides, segment: Segment): number {
  const { sequence, ack, window } = segment;
  if (sequence !== rows[forward + sideWord.nextSequence]) return 0;
  if (ack !== rows[forward + sideWord.lastAck]) return 0;
  if (window !== rows[forward + sideWord.window])
    return window === 0 ? 0 : segmentFlag.windowUpdate;
  const lastOfReverse = rows[reverse + sideWord.flags] ?? 0;
  if (window === 0)
    return lastOfReverse & segmentFlag.zeroWindowProbe ? segmentFlag.zeroWindowProbeAck : 0;
  if (lastOfReverse & segmentFlag.keepAlive) return segmentFlag.keepAliveAck;
  const before = rows[forward + sideWord.duplicateAcks] ?? 0;
  rows[forward + sideWord.duplicateAcks] = before === -1 ? 1 : before + 1;
  return segmentFlag.duplicateAck;
}

/** An acknowledgement of what the capture does not hold. */
function judgeAck(rows: Int32Array, reverse: number, { ack, flags }: Segment): number {
  const max = rows[reverse + sideWord.maxSequenceToBeAcknowledged] ?? 0;
  if (max === 0 || !isAfter(ack, max) || !(flags & tcpFlag.ack)) return 0;
  const next = rows[reverse + sideWord.nextSequence] ?? 0;
  if (isAfter(next, max)) {
    rows[reverse + sideWord.maxSequenceToBeAcknowledged] = next;
    return segmentFlag.ackLostSegment;
  }
  // The other side only acknowledges: tell it once, until its acknowledgement moves.
  const isFirst = rows[reverse + sideWord.duplicateAcks] === 0;
  rows[reverse + sideWord.duplicateAcks] = -1;
  return isFirst ? segmentFlag.ackLostSegment : 0;
}

function judgeRepetition(sides: Sides, segment: Segment, flags: number): number {
  const { rows, forward, reverse } = sides;
  const { sequence, length } = segment;
  const synFin = segment.flags & (tcpFlag.syn | tcpFlag.fin);
  if ((length === 0 && synFin === 0) || flags & segmentFlag.keepAlive) return 0;
  const end = (sequence + length) | 0;
  const lastAck = rows[reverse + sideWord.lastAck] ?? 0;
  if (length > 0 && lastAck !== 0 && isNotAfter(end, lastAck))
    return segmentFlag.spuriousRetransmission;
  const next = rows[forward + sideWord.nextSequence] ?? 0;
  const repeats =
    next !== 0 && isBefore(sequence, next) && !(length > 1 && ((next - 1) | 0) === sequence);
  if (!repeats) return 0;
  const acks = rows[reverse + sideWord.duplicateAcks] ?? 0;
  const ackTime = reverse + sideWord.lastAckSeconds;
  if (
    acks >= 2 &&
    lastAck === sequence &&
    isWithin(segment, rows, ackTime, fastRetransmissionNanoseconds)
  )
    return segmentFlag.fastRetransmission;
  const sentTime = forward + sideWord.nextSequenceSeconds;
  if (
    next !== ((end + (synFin ? 1 : 0)) | 0) &&
    isWithin(segment, rows, sentTime, reordering(sides))
  )
    return segmentFlag.outOfOrder;
  return segmentFlag.retransmission;
}

/** How much later a segment may come and still count as out of order: the initial RTT, where known. */
function reordering({ rows, row }: Sides): number {
  const measured =
    (rows[row + streamWord.initialRttSeconds] ?? 0) * 1e9 +
    (rows[row + streamWord.initialRttNanoseconds] ?? 0);
  return measured === 0 ? outOfOrderNanoseconds : measured;
}

/** True when the segment came less than `limit` nanoseconds after the time at `at`, and not before it. */
function isWithin(segment: Segment, rows: Int32Array, at: number, limit: number): boolean {
  const seconds = segment.seconds - (rows[at] ?? 0);
  const since = seconds * 1e9 + segment.nanoseconds - (rows[at + 1] ?? 0);
  return since >= 0 && since < limit;
}

/** Records what the segment sent and acknowledged. */
function advance(sides: Sides, segment: Segment, flags: number, waiting: Unacknowledged): void {
  const { rows, forward } = sides;
  const { sequence, length, seconds, nanoseconds } = segment;
  const synFin = segment.flags & (tcpFlag.syn | tcpFlag.fin);
  let end = (sequence + length) | 0;
  if ((length > 0 || synFin) && mayWait(rows, forward)) {
    if (synFin) end = (end + 1) | 0;
    wait(sides, segment, end, waiting);
  }
  const isProbe = (flags & segmentFlag.zeroWindowProbe) !== 0;
  const next = rows[forward + sideWord.nextSequence] ?? 0;
  if (!isProbe && (isAfter(end, next) || next === 0)) {
    rows[forward + sideWord.nextSequence] = end;
    rows[forward + sideWord.nextSequenceSeconds] = seconds;
    rows[forward + sideWord.nextSequenceNanoseconds] = nanoseconds;
  }
  const max = rows[forward + sideWord.maxSequenceToBeAcknowledged] ?? 0;
  if (!isProbe && (sequence === max || max === 0))
    rows[forward + sideWord.maxSequenceToBeAcknowledged] =
      rows[forward + sideWord.nextSequence] ?? 0;
  rows[forward + sideWord.window] = segment.window;
  rows[forward + sideWord.lastAck] = segment.ack;
  rows[forward + sideWord.lastAckSeconds] = seconds;
  rows[forward + sideWord.lastAckNanoseconds] = nanoseconds;
}

function mayWait(rows: Int32Array, side: number): boolean {
  return (rows[side + sideWord.waiting] ?? 0) >>> 16 < waitingCountMax;
}

function wait(sides: Sides, segment: Segment, end: number, waiting: Unacknowledged): void {
  const { rows, forward: side } = sides;
  const head = rows[side + sideWord.unacknowledged] ?? 0;
  const node = waiting.push(head);
  if (node === head) return;
  const { words } = waiting;
  const at = waiting.at(node);
  words[at + segmentWord.sequence] = segment.sequence;
  words[at + segmentWord.nextSequence] = end;
  words[at + segmentWord.seconds] = segment.seconds;
  words[at + segmentWord.nanoseconds] = segment.nanoseconds;
  rows[side + sideWord.unacknowledged] = node;
  rows[side + sideWord.waiting] = (rows[side + sideWord.waiting] ?? 0) + waitingUnit;
}

/** Forgets what is acknowledged; the oldest segment that ends at the acknowledgement gives the time. */
function acknowledge(sides: Sides, segment: Segment, waiting: Unacknowledged): void {
  const { rows, row, reverse } = sides;
  const head = reverse + sideWord.unacknowledged;
  let node = rows[head] ?? 0;
  if (node === 0) return;
  const { ack } = segment;
  const { words } = waiting;
  const synAck = tcpFlag.syn | tcpFlag.ack;
  const streamFlags = rows[row + streamWord.flags] ?? 0;
  const isTimed =
    (segment.flags & synAck) === synAck && (streamFlags & streamFlag.hasSynAckRtt) === 0;
  let newer = 0;
  while (node !== 0) {
    const at = waiting.at(node);
    const older = words[at + segmentWord.older] ?? 0;
    const end = words[at + segmentWord.nextSequence] ?? 0;
    if (ack === end && isTimed) noteSynAckRtt(sides, segment, words, at);
    if (ack !== end && isAfter(end, ack)) {
      if (isAfter(ack, words[at + segmentWord.sequence] ?? 0))
        words[at + segmentWord.sequence] = ack;
      newer = node;
    } else {
      if (newer === 0) rows[head] = older;
      else words[waiting.at(newer) + segmentWord.older] = older;
      rows[reverse + sideWord.waiting] = (rows[reverse + sideWord.waiting] ?? 0) - waitingUnit;
      waiting.free(node);
    }
    node = older;
  }
}

/** Lists go from the newest segment to the oldest, so the last one noted stands. */
function noteSynAckRtt(
  { rows, row }: Sides,
  segment: Segment,
  words: Int32Array,
  at: number,
): void {
  rows[row + streamWord.flags] = (rows[row + streamWord.flags] ?? 0) | streamFlag.hasSynAckRtt;
  rows[row + streamWord.synAckRttSeconds] =
    segment.seconds - (words[at + segmentWord.seconds] ?? 0);
  rows[row + streamWord.synAckRttNanoseconds] =
    segment.nanoseconds - (words[at + segmentWord.nanoseconds] ?? 0);
}
