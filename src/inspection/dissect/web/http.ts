import { tcpFlag } from "../../analysis/tcp-sequence.ts";
import type { Frame } from "../frame.ts";
import { findLineEnd, isTextAt, type LineEnd } from "../text.ts";
import { dissectBody } from "./http-body.ts";
import { chunksWant, chunksWanted } from "./http-chunks.ts";
import { newHttpHead, readHttpHead } from "./http-head.ts";
import { startLine } from "./http-start-line.ts";
import {
  newMessageStart,
  noteStart,
  tellRequest,
  tellResponse,
  type MessageStart,
} from "./http-told.ts";
import { httpTcpPorts } from "./http-ports.ts";
import {
  dissectTunnel,
  dissectUpgraded,
  newTunnel,
  openHttp2,
  openTunnel,
  type Tunnel,
} from "./http-tunnel.ts";
import { httpFields } from "./http-fields.ts";
import type { Protocol } from "../registry.ts";
import {
  askFor,
  streamNeed,
  streamState,
  type StreamDissector,
  type StreamPiece,
} from "../transport/stream.ts";

/** Requests and responses of one piece. */
const messageCountMax = 1_000;

interface Messages {
  /** A request was seen: what begins no message continues one. */
  seen: boolean;
  /** The response to HEAD has no body that would be waited for. */
  lastRequestWasHead: boolean;
  tunnel: Tunnel;
  /** The messages that are coming, from the stream's first sender and from the other. */
  fromA: MessageStart;
  fromB: MessageStart;
}

const messagesOf = streamState<Messages>(() => ({
  seen: false,
  lastRequestWasHead: false,
  tunnel: newTunnel(),
  fromA: newMessageStart(),
  fromB: newMessageStart(),
}));

const head = newHttpHead();
const line: LineEnd = { end: 0, next: 0 };

/** RFC 9112: a run of messages; one that is cut is asked for whole. */
function dissect(frame: Frame, piece: StreamPiece): boolean {
  const messages = messagesOf(piece);
  if (!messages.seen) openHttp2(messages.tunnel, piece);
  if (dissectTunnel(frame, piece, messages.tunnel)) return true;
  let { at } = piece;
  for (let count = 0; at < piece.reportedEnd && count < messageCountMax; count++) {
    const next = dissectMessage(frame, piece, messages, at);
    if (next < 0) return true;
    at = next;
  }
  return true;
}

/** Where the next message begins, -1 when this one needs more or is damaged. */
function dissectMessage(
  frame: Frame,
  piece: StreamPiece,
  messages: Messages,
  first: number,
): number {
  const { bytes, end, canContinue } = piece;
  const start = piece.fromA ? messages.fromA : messages.fromB;
  noteStart(start, frame, piece);
  const at = afterEmptyLine(bytes, first, end);
  if (!isPrintable(bytes[at])) return continued(frame, piece, messages, first);
  if (canContinue && !findLineEnd(bytes, at, end, line)) {
    askFor(piece, streamNeed.anotherSegment, first);
    return -1;
  }
  readHttpHead(head, bytes, at, end);
  if (!head.isHeader) return continued(frame, piece, messages, first);
  if (head.kind === startLine.response) tellResponse(frame, start, head);
  if (head.kind !== startLine.none && isUnfinished(frame, piece, messages, first)) return -1;
  start.isSet = false;
  if (head.kind === startLine.request) messages.seen = true;
  frame.enter("http", first, end, bytes);
  if (head.kind === startLine.request) noteRequest(frame, piece, messages);
  if (noteShort(frame, piece)) return piece.reportedEnd;
  const bodyLimit = bodyEnd(piece);
  if (openTunnel(messages.tunnel, head, { bytes, frameNumber: frame.number })) {
    piece.at = head.end;
    if (head.end < end) dissectUpgraded(frame, piece, messages.tunnel);
    return -1;
  }
  if (bodyLimit <= head.end) return head.end;
  const limit = Math.min(bodyLimit, end);
  const next = dissectBody(frame, head, { bytes, at: head.end, end: limit });
  // Of a long body not all bytes are kept; they were there.
  return next === limit ? bodyLimit : next;
}

/** One empty line before a start line is passed over (RFC 9112, 2.2). */
function afterEmptyLine(bytes: Uint8Array, at: number, end: number): number {
  return at + 2 <= end && bytes[at] === 13 && bytes[at + 1] === 10 ? at + 2 : at;
}

function isPrintable(byte = 0): boolean {
  return byte >= 32 && byte < 127;
}

/** What is no message continues one, or is text on a port of HTTP: the port keeps that, and nothing is shown. */
function continued(frame: Frame, piece: StreamPiece, messages: Messages, at: number): number {
  (piece.fromA ? messages.fromA : messages.fromB).isSet = false;
  if (!messages.seen) return piece.reportedEnd;
  frame.enter("http", at, piece.end, piece.bytes);
  noteShort(frame, piece);
  return piece.reportedEnd;
}

function noteRequest(frame: Frame, piece: StreamPiece, messages: Messages): void {
  const { at, end } = head.line;
  messages.lastRequestWasHead = isTextAt(piece.bytes, at, end, "head ");
  tellRequest(frame, piece, head);
}

/** Of a frame that was cut while recording not everything can be told. */
function noteShort(frame: Frame, piece: StreamPiece): boolean {
  const isShort =
    !piece.canContinue && piece.end < piece.reportedEnd && piece.bytes === frame.bytes;
  if (isShort) frame.enter("_ws.short");
  return isShort;
}

/** True when the message goes on in later segments, which the piece then asks for, or is damaged. */
function isUnfinished(frame: Frame, piece: StreamPiece, messages: Messages, at: number): boolean {
  if (!piece.canContinue) return false;
  if (!head.isComplete) {
    askFor(piece, streamNeed.anotherSegment, at);
    return true;
  }
  const isResponse = head.kind === startLine.response;
  if (isResponse && (hasNoBody() || messages.lastRequestWasHead)) return false;
  if (head.isCollectedByChunks) return wantsChunks(frame, piece, at);
  if (head.collectedLength >= 0) {
    const missing = head.collectedEnd + head.collectedLength - piece.reportedEnd;
    if (missing > 0) askFor(piece, streamNeed.bytes, at, missing);
    return missing > 0;
  }
  // A segment with a FIN is the end that would be waited for.
  if (!isResponse || messages.tunnel.isAsked || (frame.tcpFlags & tcpFlag.fin) !== 0) return false;
  askFor(piece, streamNeed.untilFin, at);
  return true;
}

function wantsChunks(frame: Frame, piece: StreamPiece, at: number): boolean {
  const want = chunksWanted(piece.bytes, head.collectedEnd, piece.end, piece.reportedEnd);
  if (want === chunksWant.nothing) return false;
  if (want === chunksWant.more) askFor(piece, streamNeed.anotherSegment, at);
  else frame.enter("_ws.malformed");
  return true;
}

function hasNoBody(): boolean {
  const { status } = head;
  return status === 204 || status === 304 || (status >= 100 && status < 200);
}

/** Where the body of the message in `head` ends at the latest. */
function bodyEnd({ reportedEnd }: StreamPiece): number {
  if (head.contentLength >= 0 && !head.hasTransferEncoding)
    return Math.min(reportedEnd, head.end + head.contentLength);
  if (head.kind === startLine.request) return head.hasTransferEncoding ? reportedEnd : head.end;
  return head.kind === startLine.response && hasNoBody() ? head.end : reportedEnd;
}

/** What tshark's heuristic asks of the first line: a version at its beginning or end. */
function recognizes(bytes: Uint8Array, at: number, end: number): boolean {
  const first = bytes[at] ?? 0;
  if (first < 65 || first > 122 || !findLineEnd(bytes, at, end, line)) return false;
  if (line.end - at <= 8) return false;
  return (
    isTextAt(bytes, line.end - 8, line.end, "http/1.") || isTextAt(bytes, at, line.end, "http/1.")
  );
}

const stream: StreamDissector = { name: "http", recognizes, dissect };

export const http: Protocol = {
  name: "http",
  fields: httpFields,
  tcpPorts: httpTcpPorts,
  stream,
};
