// What display filters can ask of a segment and its header does not say: numbers relative to the stream's
// beginning, scaled windows, times, and what the sequence analysis found. Wireshark's User's Guide, "TCP
// Analysis", is the model.
import { segmentFlag } from "../../analysis/tcp-row.ts";
import { tcpFlag } from "../../analysis/tcp-sequence.ts";
import { uint32 } from "../../file/bytes.ts";
import type { Frame, Layer } from "../frame.ts";
import { SentSegments } from "./sent-segments.ts";
import {
  findOption,
  noteBases,
  noteScale,
  relativeNumbers,
  scaleFactor,
  type NumberedSegment,
  type NumberedSide,
  type NumberedSides,
} from "./tcp-numbers.ts";

/** Streams of which facts are kept; segments of later ones have only what their headers say. */
const streamCountMax = 1_000_000;

const synFin = tcpFlag.syn | tcpFlag.fin;
const optionSelective = 5;

/** Of one segment; durations in nanoseconds, null where there is none. */
export interface TcpFacts {
  sequence: number;
  acknowledgment: number;
  /** First sequence number of the other direction. */
  reverseBase: number;
  nextSequence: number;
  length: number;
  windowSize: number;
  /** The factor itself; -1 where it is not known, -2 where none is used. */
  windowScale: number;
  /** `segmentFlag`. */
  flags: number;
  timeRelative: bigint;
  timeDelta: bigint;
  initialRtt: bigint | null;
  acknowledgedFrame: number;
  ackRtt: bigint | null;
  bytesInFlight: number;
  pushBytesSent: number;
  duplicateAckNumber: number;
  duplicateAckFrame: number;
  retransmissionTimeout: bigint | null;
  retransmittedFrame: number;
  /** True when the analysis says anything of the segment. */
  isAnalysed: boolean;
  completeness: number;
}

/** One direction of a stream. */
class Flow implements NumberedSide {
  base = -1;
  windowScale = -1;
  nextSequence = -1;
  nextSequenceTime = 0n;
  nextSequenceFrame = 0;
  duplicateAcks = 0;
  lastAck = -1;
  lastNewAckFrame = 0;
  pushBytes = 0;
  wasPushed = false;
  isFlightKnown = true;
  /** Bytes that its last segment said it has beyond a gap. */
  selectiveBytes = 0;
  readonly sent = new SentSegments();
}

/** What is known of a stream only when all of it was seen. */
export interface StreamOutcome {
  initialRtt: bigint | null;
  completeness: number;
}

class Stream implements StreamOutcome {
  readonly a = new Flow();
  readonly b = new Flow();
  readonly source: number;
  readonly sourcePort: number;
  firstTime = 0n;
  lastTime = 0n;
  synTime: bigint | null = null;
  initialRtt: bigint | null = null;
  completeness = 0;
  /** True at the first frame, which counts for completeness only when it is a SYN. */
  isNew = true;

  constructor({ ends }: Frame, time: bigint) {
    this.source = ends.sourceKey;
    this.sourcePort = ends.sourcePort;
    this.firstTime = time;
    this.lastTime = time;
  }
}

/** Follows all TCP streams of one pass; with the outcomes of an earlier pass it can look ahead. */
export class TcpFactsTracker {
  readonly #streams = new Map<number, Stream>();
  readonly #outcomes: ReadonlyMap<number, StreamOutcome> | null;
  readonly #facts = newFacts();

  constructor(outcomes: ReadonlyMap<number, StreamOutcome> | null) {
    this.#outcomes = outcomes;
  }

  get outcomes(): ReadonlyMap<number, StreamOutcome> {
    return this.#streams;
  }

  /** Describes the frame's segment, if it has one that was analysed, for the fields of its layer. */
  add(frame: Frame, time: bigint): void {
    if (frame.tcpStream < 0) return;
    const layer = tcpLayerOf(frame);
    if (!layer) return;
    const stream = this.#streamOf(frame, time);
    if (!stream) return;
    this.#describe(frame, layer, stream, time);
    layer.facts = this.#facts;
  }

  #streamOf(frame: Frame, time: bigint): Stream | null {
    const found = this.#streams.get(frame.tcpStream);
    if (found) return found;
    if (this.#streams.size >= streamCountMax) return null;
    const stream = new Stream(frame, time);
    this.#streams.set(frame.tcpStream, stream);
    return stream;
  }

  #describe(frame: Frame, layer: Layer, stream: Stream, time: bigint): void {
    const facts = this.#facts;
    const { ends, tcpFlags } = frame;
    const isFromA = ends.sourceKey === stream.source && ends.sourcePort === stream.sourcePort;
    const forward = isFromA ? stream.a : stream.b;
    const reverse = isFromA ? stream.b : stream.a;
    clear(facts);
    facts.flags = frame.segmentFlags;
    facts.length = frame.payloadLength;
    facts.timeRelative = time - stream.firstTime;
    facts.timeDelta = time - stream.lastTime;
    stream.lastTime = time;
    noteHandshake(stream, tcpFlags, time);
    noteCompleteness(stream, tcpFlags, frame.payloadLength);
    stream.isNew = false;
    const isReused = (frame.segmentFlags & segmentFlag.reusedPorts) !== 0;
    setNumbers(facts, { layer, flags: tcpFlags, isReused }, { forward, reverse });
    analyze(facts, { layer, forward, reverse, frame: frame.number, time, tcpFlags });
    const outcome = this.#outcomes?.get(frame.tcpStream) ?? stream;
    facts.initialRtt = facts.isAnalysed ? outcome.initialRtt : null;
    facts.completeness = outcome.completeness;
  }
}

/** Of no segment yet. */
export function newFacts(): TcpFacts {
  return {
    sequence: 0,
    acknowledgment: 0,
    reverseBase: 0,
    nextSequence: 0,
    length: 0,
    windowSize: 0,
    windowScale: -1,
    flags: 0,
    timeRelative: 0n,
    timeDelta: 0n,
    initialRtt: null,
    acknowledgedFrame: 0,
    ackRtt: null,
    bytesInFlight: 0,
    pushBytesSent: 0,
    duplicateAckNumber: 0,
    duplicateAckFrame: 0,
    retransmissionTimeout: null,
    retransmittedFrame: 0,
    isAnalysed: false,
    completeness: 0,
  };
}

function clear(facts: TcpFacts): void {
  facts.acknowledgedFrame = 0;
  facts.ackRtt = null;
  facts.bytesInFlight = 0;
  facts.pushBytesSent = 0;
  facts.duplicateAckNumber = 0;
  facts.duplicateAckFrame = 0;
  facts.retransmissionTimeout = null;
  facts.retransmittedFrame = 0;
  facts.isAnalysed = false;
}

function tcpLayerOf(frame: Frame): Layer | null {
  for (let index = frame.depth - 1; index >= 0; index--) {
    const layer = frame.layers[index];
    if (layer?.protocol === "tcp") return layer;
  }
  return null;
}

/** Initial RTT: from the last SYN to the first segment with ACK and without SYN. */
function noteHandshake(stream: Stream, flags: number, time: bigint): void {
  const handshake = flags & (tcpFlag.syn | tcpFlag.ack);
  if (handshake === tcpFlag.syn) stream.synTime = time;
  if (handshake !== tcpFlag.ack || stream.synTime === null || stream.initialRtt !== null) return;
  const elapsed = time - stream.synTime;
  stream.initialRtt = elapsed === 0n ? null : elapsed;
}

const completeness = { syn: 1, synAck: 2, ack: 4, data: 8, fin: 16, reset: 32 } as const;

function noteCompleteness(stream: Stream, flags: number, length: number): void {
  const handshake = flags & (tcpFlag.syn | tcpFlag.ack);
  if (handshake === tcpFlag.syn) stream.completeness |= completeness.syn;
  else if (stream.isNew) return;
  else if (handshake !== 0 && flags & tcpFlag.syn) stream.completeness |= completeness.synAck;
  else if (handshake === tcpFlag.ack)
    stream.completeness |= length > 0 ? completeness.data : completeness.ack;
  if (flags & tcpFlag.fin) stream.completeness |= completeness.fin;
  if (flags & tcpFlag.rst) stream.completeness |= completeness.reset;
}

function setNumbers(facts: TcpFacts, segment: NumberedSegment, sides: NumberedSides): void {
  noteBases(segment, sides);
  noteScale(segment, sides);
  const { sequence, acknowledgment, windowSize } = relativeNumbers(segment, sides);
  const { flags } = segment;
  facts.sequence = sequence;
  facts.acknowledgment = acknowledgment;
  facts.reverseBase = Math.max(0, sides.reverse.base);
  facts.nextSequence = (sequence + facts.length + (flags & synFin ? 1 : 0)) >>> 0;
  facts.windowSize = windowSize;
  facts.windowScale = scaleFactor(segment, sides);
}

/** The sizes of all blocks of selective acknowledgments (RFC 2018). */
function selectiveBytes({ bytes, start, end }: Layer): number {
  const at = findOption({ bytes, start, end }, optionSelective);
  if (at < 0) return 0;
  let sum = 0;
  for (let block = at + 2; block + 8 <= at + (bytes[at + 1] ?? 0); block += 8)
    sum += (uint32(bytes, block + 4) - uint32(bytes, block)) | 0;
  return sum;
}

interface Step {
  layer: Layer;
  forward: Flow;
  reverse: Flow;
  frame: number;
  time: bigint;
  tcpFlags: number;
}

function analyze(facts: TcpFacts, step: Step): void {
  const { layer, forward, reverse, frame, time, tcpFlags } = step;
  const acknowledgment = uint32(layer.bytes, layer.start + 8);
  if (facts.flags & segmentFlag.duplicateAck) {
    facts.duplicateAckNumber = ++forward.duplicateAcks;
    facts.duplicateAckFrame = forward.lastNewAckFrame;
  }
  if (acknowledgment !== forward.lastAck) {
    forward.lastNewAckFrame = frame;
    forward.duplicateAcks = 0;
  }
  forward.lastAck = acknowledgment;
  setTimeout(facts, forward, time);
  advance(facts, step);
  const acknowledged = reverse.sent.acknowledge(acknowledgment);
  if (acknowledged) {
    facts.acknowledgedFrame = acknowledged.frame;
    const elapsed = time - acknowledged.time;
    facts.ackRtt = elapsed === 0n ? null : elapsed;
    facts.isAnalysed = true;
  }
  if (facts.flags & segmentFlag.lostSegment) forward.isFlightKnown = false;
  if (tcpFlags & tcpFlag.ack) reverse.isFlightKnown = true;
  if (facts.length > 0) setFlight(facts, step);
  forward.selectiveBytes = selectiveBytes(layer);
  if (facts.flags !== 0) facts.isAnalysed = true;
}

/** Counted from the oldest segment that is not acknowledged, or from the latest one. */
function setTimeout(facts: TcpFacts, forward: Flow, time: bigint): void {
  if (!(facts.flags & segmentFlag.retransmission) || forward.nextSequence < 0) return;
  const { oldest } = forward.sent;
  const elapsed = time - (oldest ? oldest.time : forward.nextSequenceTime);
  if (elapsed === 0n) return;
  facts.retransmissionTimeout = elapsed;
  facts.retransmittedFrame = oldest ? oldest.frame : forward.nextSequenceFrame;
}

function advance(facts: TcpFacts, { layer, forward, frame, time, tcpFlags }: Step): void {
  const sequence = uint32(layer.bytes, layer.start + 4);
  const next = (sequence + facts.length + (tcpFlags & synFin ? 1 : 0)) >>> 0;
  if (facts.length > 0 || tcpFlags & synFin) {
    const dataEnd = (sequence + facts.length) >>> 0;
    forward.sent.push({ sequence, next, dataEnd, frame, time });
  }
  if (facts.flags & segmentFlag.zeroWindowProbe) return;
  if (forward.nextSequence >= 0 && ((next - forward.nextSequence) | 0) <= 0) return;
  forward.nextSequence = next;
  forward.nextSequenceTime = time;
  forward.nextSequenceFrame = frame;
}

function setFlight(facts: TcpFacts, { forward, reverse, tcpFlags }: Step): void {
  const sent = forward.isFlightKnown ? forward.sent.bytesInFlight(forward.base) : 0;
  if (sent > 0) facts.isAnalysed = true;
  const inFlight = sent - reverse.selectiveBytes;
  if (inFlight <= 0) return;
  facts.bytesInFlight = inFlight;
  facts.isAnalysed = true;
  forward.pushBytes = (forward.wasPushed ? 0 : forward.pushBytes) + facts.length;
  forward.wasPushed = (tcpFlags & tcpFlag.push) !== 0;
  facts.pushBytesSent = forward.pushBytes;
}
