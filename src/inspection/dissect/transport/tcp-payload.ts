// Puts the bytes of a TCP stream together where a protocol above asks for more than one segment, the way
// Wireshark does: a message shows in the frame that completes it, under `tcp.segments`.
import { segmentFlag, streamWord } from "../../analysis/tcp-row.ts";
import { tcpFlag, type Segment } from "../../analysis/tcp-sequence.ts";
import type { Frame } from "../frame.ts";
import { streamDissectorByContent, streamDissectorByPort, streamDissectorOn } from "../registry.ts";
import { beginsAsText } from "../text.ts";
import { sideOf, type Conversation } from "./conversation.ts";
import { PendingMessage } from "./pending-message.ts";
import type { PendingSide } from "./pending-side.ts";
import { streamNeed, type StreamDissector, type StreamPiece } from "./stream.ts";

/** Messages of one frame; damaged lengths could make many. */
const messageCountMax = 1_000;
/** Segments that are not given to the protocol above: sent before, or in the wrong order. */
const notGiven =
  segmentFlag.retransmission | segmentFlag.spuriousRetransmission | segmentFlag.outOfOrder;

/** Segments whose bytes tshark adds to the message that they are of, even where it is finished. */
const addedAgain = segmentFlag.fastRetransmission | segmentFlag.outOfOrder;

/** The segment being dissected; one object serves all. */
interface Context {
  stream: number;
  at: number;
  /** What the sequence analysis says of it (`segmentFlag`). */
  flags: number;
  fromA: boolean;
  conversation: Conversation | null;
}

const context: Context = { stream: -1, at: 0, flags: 0, fromA: true, conversation: null };

/** Dissects a segment's payload of `segment.length` bytes at `at`. */
export function dissectSegmentPayload(frame: Frame, at: number, segment: Segment): void {
  const available = frame.capturedEnd - at;
  const isFin = (segment.flags & tcpFlag.fin) !== 0;
  if (available <= 0 && !isFin) return;
  const conversation = frame.conversations.find();
  context.stream = frame.tcpStream;
  context.at = at;
  context.flags = frame.segmentFlags;
  context.fromA = frame.analyses.tcpStreams.flows.isFromA;
  context.conversation = conversation;
  const side = conversation && (context.fromA ? conversation.a : conversation.b);
  if (isFin && side?.pending?.need === streamNeed.untilFin) {
    finishAtFin(frame, segment, side);
    return;
  }
  if (available <= 0 || segment.flags & tcpFlag.rst) return;
  const sequence = (segment.sequence + (segment.flags & tcpFlag.syn ? 1 : 0)) >>> 0;
  const isWhole = !frame.fragmented && frame.capturedEnd >= frame.reportedEnd;
  if (isWhole) dissectWhole(frame, sequence, side);
  else dissectPart(frame, sequence, side);
}

/** A segment of which bytes are missing continues nothing and is continued by nothing. */
function dissectPart(frame: Frame, sequence: number, side: PendingSide | null): void {
  let { at } = context;
  const pending = side?.pending;
  if (pending) {
    const offset = (sequence - pending.sequence) | 0;
    const length = frame.reportedEnd - at;
    if (offset > 0 && offset + length <= pending.size) return;
    if (offset < pending.size && offset + length > pending.size) at += pending.size - offset;
  }
  if (at >= frame.capturedEnd) return;
  dissectPiece(frame, newPiece(frame, at, false));
}

function dissectWhole(frame: Frame, firstSequence: number, known: PendingSide | null): void {
  if (known === null) {
    dissectFresh(frame, context.at, firstSequence);
    return;
  }
  const side = known;
  const tcpDepth = frame.depth;
  let { at } = context;
  let sequence = firstSequence;
  for (let count = 0; at < frame.capturedEnd && count < messageCountMax; count++) {
    const { pending } = side;
    const length = frame.capturedEnd - at;
    if (pending && isRepeatOfStart(pending, sequence, length)) return;
    const repeated = side.repeatedBytes(sequence, length);
    if (repeated > 0) {
      // Nothing can be added to a finished message: tshark calls it malformed.
      if (context.flags & addedAgain && side.isInsideFinished(sequence)) {
        frame.enter("_ws.malformed");
        return;
      }
      at += repeated;
      sequence = (sequence + repeated) >>> 0;
      continue;
    }
    const offset = pending ? (sequence - pending.sequence) | 0 : 0;
    if (!pending || offset <= 0 || offset >= pending.size) {
      dissectFresh(frame, at, sequence);
      return;
    }
    const taken = pending.wantsWholeSegment ? length : Math.min(length, pending.size - offset);
    const isComplete = pending.add(frame.bytes, at, taken, offset);
    frame.pendingSides.update(side);
    if (!isComplete) {
      if (taken === length) return;
      // Something is missing before, but where the message ends is known: the next begins there.
      at += taken;
      sequence = (sequence + taken) >>> 0;
      continue;
    }
    const next = completeMessage(frame, side, { tcpDepth, at, taken, sequence });
    if (next < 0) return;
    at += next;
    sequence = (sequence + next) >>> 0;
  }
}

/** Bytes that continue nothing. */
function dissectFresh(frame: Frame, at: number, sequence: number): void {
  const piece = newPiece(frame, at, true);
  dissectPiece(frame, piece);
  if (piece.need === streamNeed.nothing) return;
  const side = sideOf(frame.conversations.open(context.stream), context.fromA);
  side.drop();
  side.pending = PendingMessage.start(frame.bytes, piece.needFrom, frame.capturedEnd, {
    sequence: (sequence + piece.needFrom - at) >>> 0,
    piece,
    buffers: frame.buffers,
  });
  frame.pendingSides.update(side);
}

function isRepeatOfStart(pending: PendingMessage, sequence: number, length: number): boolean {
  return sequence === pending.sequence && length <= pending.size;
}

interface Completion {
  tcpDepth: number;
  at: number;
  taken: number;
  sequence: number;
}

/** Dissects a message that is complete; bytes of this segment used up, or -1 when it goes on. */
function completeMessage(frame: Frame, side: PendingSide, done: Completion): number {
  const { pending } = side;
  if (!pending) return -1;
  const depthBefore = frame.depth;
  const piece = newPiece(frame, 0, true);
  piece.bytes = pending.bytes;
  piece.end = pending.keptLength;
  piece.reportedEnd = pending.length;
  dissectPiece(frame, piece);
  const old = pending.length - done.taken;
  if (piece.need !== streamNeed.nothing && piece.needFrom <= old) {
    frame.depth = depthBefore;
    pending.extend(piece);
    return -1;
  }
  frame.insert("tcp.segments", done.tcpDepth + piece.wrapperCount);
  side.finish(
    pending.sequence,
    old + (piece.need === streamNeed.nothing ? done.taken : piece.needFrom - old),
  );
  if (piece.need !== streamNeed.nothing) {
    const from = piece.needFrom - old;
    const sequence = (done.sequence + from) >>> 0;
    side.pending = PendingMessage.start(frame.bytes, done.at + from, frame.capturedEnd, {
      sequence,
      piece,
      buffers: frame.buffers,
    });
  }
  frame.pendingSides.update(side);
  return piece.need === streamNeed.nothing ? done.taken : -1;
}

/** A FIN ends a message that runs to the end of the connection. */
function finishAtFin(frame: Frame, segment: Segment, side: PendingSide): void {
  const { at } = context;
  const { pending } = side;
  if (!pending) return;
  const offset = (segment.sequence - pending.sequence) | 0;
  const tcpDepth = frame.depth;
  if (offset > 0) pending.add(frame.bytes, at, Math.max(0, frame.capturedEnd - at), offset);
  const piece = newPiece(frame, 0, false);
  piece.bytes = pending.bytes;
  piece.end = pending.keptLength;
  piece.reportedEnd = pending.length;
  side.drop();
  frame.pendingSides.update(side);
  dissectPiece(frame, piece);
  frame.insert("tcp.segments", tcpDepth + piece.wrapperCount);
}

function dissectPiece(frame: Frame, piece: StreamPiece): void {
  const { flags, conversation } = context;
  if (flags & segmentFlag.keepAlive) {
    frame.enter("data", piece.at, piece.end, piece.bytes);
    return;
  }
  if (flags & notGiven) return;
  const settled = conversation && conversation.dissector;
  const dissector = settled ?? choose(frame, piece);
  const taken = dissector && takenBy(frame, piece, dissector);
  if (taken) {
    if (settled === null && taken.recognizes(piece.bytes, piece.at, piece.end))
      settle(frame, taken);
    return;
  }
  // What the ports say refused these bytes: they may show themselves. Without it they were asked already.
  const other = dissector && streamDissectorByContent(piece.bytes, piece.at, piece.end);
  if (other && other !== dissector && other.dissect(frame, piece)) {
    settle(frame, other);
    return;
  }
  frame.enter("data", piece.at, piece.end, piece.bytes);
  if (!settled && !beginsAsText(piece.bytes, piece.at, piece.end))
    frame.earlyFrames.note(frame, context.stream);
}

/** The dissector that takes the bytes: the first choice, or after its refusal what the ports say. */
function takenBy(
  frame: Frame,
  piece: StreamPiece,
  choice: StreamDissector,
): StreamDissector | null {
  if (choice.dissect(frame, piece)) return choice;
  const { sourcePort, destinationPort } = frame.ends;
  const first = serverPortOf(frame) || Math.min(sourcePort, destinationPort);
  const one = streamDissectorOn(first);
  if (one && one !== choice && one.dissect(frame, piece)) return one;
  const other = streamDissectorOn(sourcePort + destinationPort - first);
  const isNew = other && other !== choice && other !== one;
  return isNew && other.dissect(frame, piece) ? other : null;
}

/** The stream shows this protocol from now on, unless its own dissector said otherwise. */
function settle(frame: Frame, dissector: StreamDissector): void {
  const conversation = frame.conversations.open(context.stream);
  context.conversation = conversation;
  conversation.dissector ??= dissector;
  if (dissector.ownsEarlierFrames)
    frame.earlyFrames.claim(frame.analyses.hierarchy, context.stream, dissector.name);
}

function choose(frame: Frame, piece: StreamPiece): StreamDissector | null {
  const { expectations, ends } = frame;
  const { sourcePort, destinationPort } = ends;
  const announced = expectations.isEmpty ? undefined : expectations.streamOf(ends);
  return (
    announced ??
    streamDissectorByPort(serverPortOf(frame), sourcePort, destinationPort) ??
    streamDissectorByContent(piece.bytes, piece.at, piece.end)
  );
}

/** The port of the side that did not begin the stream; 0 where its beginning was not seen. */
function serverPortOf({ analyses }: Frame): number {
  const { rows, row } = analyses.tcpStreams.sides;
  return rows[row + streamWord.serverPort] ?? 0;
}

/** The frame's one piece, set to what is to be dissected. */
function newPiece(frame: Frame, at: number, canContinue: boolean): StreamPiece {
  const { piece } = frame;
  piece.bytes = frame.bytes;
  piece.at = at;
  piece.end = frame.capturedEnd;
  piece.reportedEnd = frame.reportedEnd;
  piece.canContinue = canContinue;
  piece.stream = context.stream;
  piece.fromA = context.fromA;
  piece.need = streamNeed.nothing;
  piece.needFrom = 0;
  piece.needSize = 0;
  piece.wrapperCount = 0;
  return piece;
}
