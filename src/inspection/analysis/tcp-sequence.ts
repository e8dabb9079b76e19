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

// The compiler folds what is read of a module's own constants, and reads what is imported anew each time.
const word = sideWord;
const shared = streamWord;
const told = segmentFlag;
const known = sideFlag;
const measured = streamFlag;
const waitingWord = segmentWord;
const bit = tcpFlag;

/** Segments of one direction that may wait for an acknowledgement, as Wireshark bounds them. */
const waitingCountMax = 10_000;
const waitingUnit = 1 << 16;
const fastRetransmissionNanoseconds = 20_000_000;
const outOfOrderNanoseconds = 3_000_000;
const synFin = bit.syn | bit.fin;
const synFinRst = synFin | bit.rst;

const isAfter = (one: number, other: number): boolean => ((other - one) | 0) < 0;
const isBefore = (one: number, other: number): boolean => ((one - other) | 0) < 0;
const isNotAfter = (one: number, other: number): boolean => ((one - other) | 0) <= 0;

/** Judges one segment, updates both directions, and returns the segment's flags. */
export function analyzeSegment(sides: Sides, segment: Segment, waiting: Unacknowledged): number {
  const { rows, forward, reverse } = sides;
  const { ack, length } = segment;
  const basesKnown = (rows[forward + word.flags] ?? 0) & (rows[reverse + word.flags] ?? 0);
  if ((basesKnown & known.baseIsSet) === 0) setBases(sides, segment);
  let flags = judgeForward(sides, segment);
  if (ack !== rows[forward + word.lastAck]) rows[forward + word.duplicateAcks] = 0;
  const max = rows[reverse + word.maxSequenceToBeAcknowledged] ?? 0;
  if (max !== 0 && isAfter(ack, max)) flags |= judgeAck(rows, reverse, segment);
  if (length > 0 || (segment.flags & synFin) !== 0) flags |= judgeRepetition(sides, segment, flags);
  advance(sides, segment, flags, waiting);
  const kept = (rows[forward + word.flags] ?? 0) & ~segmentFlagMask;
  rows[forward + word.flags] = kept | flags;
  if (rows[reverse + word.unacknowledged] !== 0) acknowledge(sides, segment, waiting);
  return flags;
}

function setBases({ rows, forward, reverse }: Sides, { sequence, ack, flags }: Segment): void {
  const forwardFlags = rows[forward + word.flags] ?? 0;
  if ((forwardFlags & known.baseIsSet) === 0) {
    rows[forward + word.baseSequence] = flags & bit.syn ? sequence : sequence - 1;
    rows[forward + word.flags] = forwardFlags | known.baseIsSet;
  }
  if ((flags & bit.ack) === 0) return;
  const reverseFlags = rows[reverse + word.flags] ?? 0;
  if ((reverseFlags & known.baseIsSet) !== 0) return;
  rows[reverse + word.baseSequence] = ack - 1;
  rows[reverse + word.flags] = reverseFlags | known.baseIsSet;
}

function judgeForward(sides: Sides, segment: Segment): number {
  const { rows, forward, reverse } = sides;
  const { sequence, length, window } = segment;
  const next = rows[forward + word.nextSequence] ?? 0;
  if (length === 1 && sequence === next && rows[reverse + word.window] === 0)
    return told.zeroWindowProbe;
  const plain = (segment.flags & synFinRst) === 0;
  let flags = window === 0 && plain ? told.zeroWindow : 0;
  if (next !== 0 && isAfter(sequence, next) && !(segment.flags & bit.rst))
    flags |= told.lostSegment;
  if (!plain) return flags;
  if (length <= 1 && sequence === ((next - 1) | 0)) flags |= told.keepAlive;
  if (length > 0 && fillsWindow(rows, reverse, segment)) flags |= told.windowFull;
  if (length === 0) flags |= judgePureAck(sides, segment);
  return flags;
}

function fillsWindow(rows: Int32Array, reverse: number, { sequence, length }: Segment): boolean {
  const scale = scaleOf(rows, reverse);
  if (scale === windowScale.unknown) return false;
  const isFirstAck = ((rows[reverse + word.flags] ?? 0) & known.isFirstAck) !== 0;
  const shift = isFirstAck || scale < 0 ? 0 : scale;
  const window = (rows[reverse + word.window] ?? 0) << shift;
  return ((sequence + length) | 0) === (((rows[reverse + word.lastAck] ?? 0) + window) | 0);
}

/** Segments without data that repeat the last acknowledgement. */
function judgePureAck({ rows, forward, reverse }: Sides, segment: Segment): number {
  const { sequence, ack, window } = segment;
  if (sequence !== rows[forward + word.nextSequence]) return 0;
  if (ack !== rows[forward + word.lastAck]) return 0;
  if (window !== rows[forward + word.window]) return window === 0 ? 0 : told.windowUpdate;
  const lastOfReverse = rows[reverse + word.flags] ?? 0;
  if (window === 0) return lastOfReverse & told.zeroWindowProbe ? told.zeroWindowProbeAck : 0;
  if (lastOfReverse & told.keepAlive) return told.keepAliveAck;
  const before = rows[forward + word.duplicateAcks] ?? 0;
  rows[forward + word.duplicateAcks] = before === -1 ? 1 : before + 1;
  return told.duplicateAck;
}

/** A segment that acknowledges what the capture does not hold. */
function judgeAck(rows: Int32Array, reverse: number, { flags }: Segment): number {
  if (!(flags & bit.ack)) return 0;
  const max = rows[reverse + word.maxSequenceToBeAcknowledged] ?? 0;
  const next = rows[reverse + word.nextSequence] ?? 0;
  if (isAfter(next, max)) {
    rows[reverse + word.maxSequenceToBeAcknowledged] = next;
    return told.ackLostSegment;
  }
  // The other side only acknowledges: tell it once, until its acknowledgement moves.
  const isFirst = rows[reverse + word.duplicateAcks] === 0;
  rows[reverse + word.duplicateAcks] = -1;
  return isFirst ? told.ackLostSegment : 0;
}

function judgeRepetition(sides: Sides, segment: Segment, flags: number): number {
  const { rows, forward, reverse } = sides;
  const { sequence, length } = segment;
  if (flags & told.keepAlive) return 0;
  const end = (sequence + length) | 0;
  const lastAck = rows[reverse + word.lastAck] ?? 0;
  if (length > 0 && lastAck !== 0 && isNotAfter(end, lastAck)) return told.spuriousRetransmission;
  const next = rows[forward + word.nextSequence] ?? 0;
  const repeats =
    next !== 0 && isBefore(sequence, next) && !(length > 1 && ((next - 1) | 0) === sequence);
  if (!repeats) return 0;
  const acks = rows[reverse + word.duplicateAcks] ?? 0;
  const ackTime = reverse + word.lastAckSeconds;
  if (
    acks >= 2 &&
    lastAck === sequence &&
    isWithin(segment, rows, ackTime, fastRetransmissionNanoseconds)
  )
    return told.fastRetransmission;
  const sentTime = forward + word.nextSequenceSeconds;
  if (
    next !== ((end + (segment.flags & synFin ? 1 : 0)) | 0) &&
    isWithin(segment, rows, sentTime, reordering(sides))
  )
    return told.outOfOrder;
  return told.retransmission;
}

/** How much later a segment may come and still count as out of order: the initial RTT, where known. */
function reordering({ rows, row }: Sides): number {
  const nanoseconds =
    (rows[row + shared.initialRttSeconds] ?? 0) * 1e9 +
    (rows[row + shared.initialRttNanoseconds] ?? 0);
  return nanoseconds === 0 ? outOfOrderNanoseconds : nanoseconds;
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
  const hasSynFin = (segment.flags & synFin) !== 0;
  let end = (sequence + length) | 0;
  if ((length > 0 || hasSynFin) && mayWait(rows, forward)) {
    if (hasSynFin) end = (end + 1) | 0;
    wait(sides, segment, end, waiting);
  }
  const isProbe = (flags & told.zeroWindowProbe) !== 0;
  const next = rows[forward + word.nextSequence] ?? 0;
  if (!isProbe && (isAfter(end, next) || next === 0)) {
    rows[forward + word.nextSequence] = end;
    rows[forward + word.nextSequenceSeconds] = seconds;
    rows[forward + word.nextSequenceNanoseconds] = nanoseconds;
  }
  const max = rows[forward + word.maxSequenceToBeAcknowledged] ?? 0;
  if (!isProbe && (sequence === max || max === 0))
    rows[forward + word.maxSequenceToBeAcknowledged] = rows[forward + word.nextSequence] ?? 0;
  rows[forward + word.window] = segment.window;
  rows[forward + word.lastAck] = segment.ack;
  rows[forward + word.lastAckSeconds] = seconds;
  rows[forward + word.lastAckNanoseconds] = nanoseconds;
}

function mayWait(rows: Int32Array, side: number): boolean {
  return (rows[side + word.waiting] ?? 0) >>> 16 < waitingCountMax;
}

function wait(sides: Sides, segment: Segment, end: number, waiting: Unacknowledged): void {
  const { rows, forward: side } = sides;
  const head = rows[side + word.unacknowledged] ?? 0;
  const node = waiting.push(head);
  if (node === head) return;
  const { words } = waiting;
  const at = waiting.at(node);
  words[at + waitingWord.sequence] = segment.sequence;
  words[at + waitingWord.nextSequence] = end;
  words[at + waitingWord.seconds] = segment.seconds;
  words[at + waitingWord.nanoseconds] = segment.nanoseconds;
  rows[side + word.unacknowledged] = node;
  rows[side + word.waiting] = (rows[side + word.waiting] ?? 0) + waitingUnit;
}

/** Forgets what is acknowledged; the oldest segment that ends at the acknowledgement gives the time. */
function acknowledge(sides: Sides, segment: Segment, waiting: Unacknowledged): void {
  const { rows, row, reverse } = sides;
  const head = reverse + word.unacknowledged;
  let node = rows[head] ?? 0;
  const { ack } = segment;
  const { words } = waiting;
  const synAck = bit.syn | bit.ack;
  const streamFlags = rows[row + shared.flags] ?? 0;
  const isTimed =
    (segment.flags & synAck) === synAck && (streamFlags & measured.hasSynAckRtt) === 0;
  let newer = 0;
  while (node !== 0) {
    const at = waiting.at(node);
    const older = words[at + waitingWord.older] ?? 0;
    const end = words[at + waitingWord.nextSequence] ?? 0;
    if (ack === end && isTimed) noteSynAckRtt(sides, segment, words, at);
    if (ack !== end && isAfter(end, ack)) {
      if (isAfter(ack, words[at + waitingWord.sequence] ?? 0))
        words[at + waitingWord.sequence] = ack;
      newer = node;
    } else {
      if (newer === 0) rows[head] = older;
      else words[waiting.at(newer) + waitingWord.older] = older;
      rows[reverse + word.waiting] = (rows[reverse + word.waiting] ?? 0) - waitingUnit;
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
  rows[row + shared.flags] = (rows[row + shared.flags] ?? 0) | measured.hasSynAckRtt;
  rows[row + shared.synAckRttSeconds] = segment.seconds - (words[at + waitingWord.seconds] ?? 0);
  rows[row + shared.synAckRttNanoseconds] =
    segment.nanoseconds - (words[at + waitingWord.nanoseconds] ?? 0);
}
