// Puts the bytes of a TCP stream together where a protocol above asks for more than one segment, the way
// Wireshark does: a message shows in the frame that completes it, under `tcp.segments`.
import { tcpFlag, type Segment } from "../../analysis/tcp-sequence.ts";
import { directionFrom } from "../../analysis/tcp-streams.ts";
import { segmentFlag, type TcpFlow, type TcpStreamState } from "../../analysis/tcp-flow.ts";
import type { Frame } from "../frame.ts";
import { PendingMessage } from "./pending-message.ts";
import { PendingSide } from "./pending-side.ts";
import { streamDissectorByContent, streamDissectorByPort } from "../registry.ts";
import {
  streamNeed,
  type StreamConversation,
  type StreamDissector,
  type StreamPiece,
} from "./stream.ts";

/** Messages of one frame; damaged lengths could make many. */
const messageCountMax = 1_000;

interface Conversation extends StreamConversation {
  a: PendingSide;
  b: PendingSide;
}

const conversations = new WeakMap<TcpStreamState, Conversation>();

/** Dissects a segment's payload of `segment.length` bytes at `at`. */
export function dissectSegmentPayload(
  frame: Frame,
  at: number,
  stream: TcpStreamState,
  { segment, flags }: { segment: Segment; flags: number },
): void {
  const conversation = conversationOf(stream);
  const flow = directionFrom(stream, frame.ends);
  const side = flow === stream.fromA ? conversation.a : conversation.b;
  const available = frame.capturedEnd - at;
  if (segment.flags & tcpFlag.fin && side.pending?.need === streamNeed.untilFin) {
    finishAtFin(frame, { at, conversation, stream, flow, side, segment, flags });
    return;
  }
  if (available <= 0 || segment.flags & tcpFlag.rst) return;
  const sequence = (segment.sequence + (segment.flags & tcpFlag.syn ? 1 : 0)) >>> 0;
  const context = { at, conversation, stream, flow, side, segment, flags };
  const isWhole = !frame.fragmented && frame.capturedEnd >= frame.reportedEnd;
  if (isWhole) dissectWhole(frame, context, sequence);
  else dissectPart(frame, context, sequence);
}

interface Context {
  at: number;
  conversation: Conversation;
  stream: TcpStreamState;
  flow: TcpFlow;
  side: PendingSide;
  segment: Segment;
  /** What the sequence analysis says of it (`segmentFlag`). */
  flags: number;
}

/** A segment of which bytes are missing continues nothing and is continued by nothing. */
function dissectPart(frame: Frame, context: Context, sequence: number): void {
  const { pending } = context.side;
  let { at } = context;
  if (pending) {
    const offset = (sequence - pending.sequence) | 0;
    const length = frame.reportedEnd - at;
    if (offset > 0 && offset + length <= pending.size) return;
    if (offset < pending.size && offset + length > pending.size) at += pending.size - offset;
  }
  if (at >= frame.capturedEnd) return;
  dissectPiece(frame, context, newPiece(frame, context, at, false));
}

function dissectWhole(frame: Frame, context: Context, firstSequence: number): void {
  const { side } = context;
  const tcpDepth = frame.depth;
  let { at } = context;
  let sequence = firstSequence;
  for (let count = 0; at < frame.capturedEnd && count < messageCountMax; count++) {
    const { pending } = side;
    const length = frame.capturedEnd - at;
    if (pending && isRepeatOfStart(pending, sequence, length)) return;
    const repeated = side.repeatedBytes(sequence, length);
    if (repeated > 0) {
      at += repeated;
      sequence = (sequence + repeated) >>> 0;
      continue;
    }
    const offset = pending ? (sequence - pending.sequence) | 0 : 0;
    if (!pending || offset <= 0 || offset >= pending.size) {
      const piece = newPiece(frame, context, at, true);
      dissectPiece(frame, context, piece);
      keepUnfinished(frame, context, piece, sequence, at);
      return;
    }
    const taken = pending.wantsWholeSegment ? length : Math.min(length, pending.size - offset);
    const isComplete = pending.add(frame.bytes, at, taken, offset);
    frame.pendingSides.update(side);
    if (!isComplete) return;
    const next = completeMessage(frame, context, { tcpDepth, at, taken, sequence });
    if (next < 0) return;
    at += next;
    sequence = (sequence + next) >>> 0;
  }
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
function completeMessage(frame: Frame, context: Context, done: Completion): number {
  const { side } = context;
  const { pending } = side;
  if (!pending) return -1;
  const depthBefore = frame.depth;
  const piece = newPiece(frame, context, 0, true);
  piece.bytes = pending.bytes;
  piece.end = pending.keptLength;
  piece.reportedEnd = pending.length;
  dissectPiece(frame, context, piece);
  const old = pending.length - done.taken;
  if (piece.need !== streamNeed.nothing && piece.needFrom <= old) {
    frame.depth = depthBefore;
    pending.extend(piece);
    return -1;
  }
  frame.insert("tcp.segments", done.tcpDepth);
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
    });
  }
  frame.pendingSides.update(side);
  return piece.need === streamNeed.nothing ? done.taken : -1;
}

function keepUnfinished(
  frame: Frame,
  { side }: Context,
  piece: StreamPiece,
  sequence: number,
  at: number,
): void {
  if (piece.need === streamNeed.nothing) return;
  side.pending = PendingMessage.start(frame.bytes, piece.needFrom, frame.capturedEnd, {
    sequence: (sequence + piece.needFrom - at) >>> 0,
    piece,
  });
  frame.pendingSides.update(side);
}

/** A FIN ends a message that runs to the end of the connection. */
function finishAtFin(frame: Frame, context: Context): void {
  const { side, segment, at } = context;
  const { pending } = side;
  if (!pending) return;
  const offset = (segment.sequence - pending.sequence) | 0;
  const tcpDepth = frame.depth;
  if (offset > 0) pending.add(frame.bytes, at, Math.max(0, frame.capturedEnd - at), offset);
  const piece = newPiece(frame, context, 0, false);
  piece.bytes = pending.bytes;
  piece.end = pending.keptLength;
  piece.reportedEnd = pending.length;
  side.pending = null;
  frame.pendingSides.update(side);
  frame.insert("tcp.segments", tcpDepth);
  dissectPiece(frame, context, piece);
}

function dissectPiece(frame: Frame, context: Context, piece: StreamPiece): void {
  const { conversation, stream, flags } = context;
  if (flags & segmentFlag.keepAlive) {
    frame.enter("data", piece.at, piece.end, piece.bytes);
    return;
  }
  // What was sent before, or comes in the wrong order, is not given to the protocol above.
  if (flags & (segmentFlag.retransmission | segmentFlag.outOfOrder)) return;
  const dissector = conversation.dissector ?? choose(frame, stream, piece);
  if (dissector && dissector.dissect(frame, piece)) {
    conversation.dissector ??= dissector.recognizes(piece.bytes, piece.at, piece.end)
      ? dissector
      : null;
    return;
  }
  // What the port says refused these bytes: they may show themselves.
  const other = streamDissectorByContent(piece.bytes, piece.at, piece.end);
  if (other && other !== dissector && other.dissect(frame, piece)) {
    conversation.dissector = other;
    return;
  }
  frame.enter("data", piece.at, piece.end, piece.bytes);
}

function choose(frame: Frame, stream: TcpStreamState, piece: StreamPiece): StreamDissector | null {
  const { source, sourcePort, destination, destinationPort } = frame.ends;
  const { expectations } = frame;
  const announced = expectations.isEmpty
    ? undefined
    : (expectations.streamOf(destination, destinationPort) ??
      expectations.streamOf(source, sourcePort));
  return (
    announced ??
    streamDissectorByPort(stream.serverPort, sourcePort, destinationPort) ??
    streamDissectorByContent(piece.bytes, piece.at, piece.end)
  );
}

/** The frame's one piece, set to what is to be dissected. */
function newPiece(frame: Frame, context: Context, at: number, canContinue: boolean): StreamPiece {
  const { piece } = frame;
  piece.bytes = frame.bytes;
  piece.at = at;
  piece.end = frame.capturedEnd;
  piece.reportedEnd = frame.reportedEnd;
  piece.canContinue = canContinue;
  piece.conversation = context.conversation;
  piece.fromA = context.flow === context.stream.fromA;
  piece.need = streamNeed.nothing;
  piece.needFrom = 0;
  piece.needSize = 0;
  return piece;
}

function conversationOf(stream: TcpStreamState): Conversation {
  const found = conversations.get(stream);
  if (found) return found;
  const conversation = {
    stream: stream.number,
    dissector: null,
    states: [],
    a: new PendingSide(),
    b: new PendingSide(),
  };
  conversations.set(stream, conversation);
  return conversation;
}
