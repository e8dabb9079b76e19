import type { Frame } from "../frame.ts";
import type { MessagePlace } from "../../analysis/http-exchanges.ts";
import { bodyProtocol } from "./http-body.ts";
import { parseHttpHead, type HttpHead } from "./http-head.ts";
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
  /** A request or a response was seen: what follows without a start line belongs to one. */
  seen: boolean;
  /** The response to HEAD has no body. */
  lastRequestWasHead: boolean;
  /** The messages that are coming, from the stream's first sender and from the other. */
  fromA: Start;
  fromB: Start;
}

/** Where a message began, until it is complete. */
interface Start extends MessagePlace {
  isSet: boolean;
  isTold: boolean;
}

const newStart = (): Start => ({
  isSet: false,
  isTold: false,
  stream: -1,
  frame: 0,
  seconds: 0,
  nanoseconds: 0,
});

const messagesOf = streamState<Messages>(() => ({
  seen: false,
  lastRequestWasHead: false,
  fromA: newStart(),
  fromB: newStart(),
}));

const lineFeed = 10;
const carriageReturn = 13;

/** RFC 9112: a run of messages; one that is cut is asked for whole. */
function dissect(frame: Frame, piece: StreamPiece): boolean {
  let { at } = piece;
  for (let count = 0; at < piece.reportedEnd && count < messageCountMax; count++) {
    const next = dissectMessage(frame, piece, at);
    if (next < 0) return true;
    at = next;
  }
  return true;
}

/** Where the next message begins, -1 when this one needs more. */
function dissectMessage(frame: Frame, piece: StreamPiece, at: number): number {
  const start = noteStart(frame, piece);
  if (piece.canContinue && !hasWholeLine(piece.bytes, at, piece.end)) {
    askFor(piece, streamNeed.anotherSegment, at);
    return -1;
  }
  const head = parseHttpHead(piece.bytes, at, piece.end);
  if (head === null) {
    start.isSet = false;
    // Text on a port of HTTP that is none: the port keeps it, and nothing is shown.
    if (!messagesOf(piece).seen) return piece.reportedEnd;
    frame.enter("http", at, piece.end, piece.bytes);
    noteShort(frame, piece);
    return piece.reportedEnd;
  }
  if (!head.isComplete && piece.canContinue) {
    askFor(piece, streamNeed.anotherSegment, at);
    return -1;
  }
  if (!head.isRequest) tellResponse(frame, start, head);
  const end = bodyEnd(piece, head, at);
  if (end < 0) return -1;
  start.isSet = false;
  if (head.isRequest) tellRequest(frame, piece, head);
  messagesOf(piece).seen = true;
  frame.enter("http", at, piece.end, piece.bytes);
  if (head.host !== "") frame.analyses.httpNames.add(head.host);
  if (noteShort(frame, piece)) return piece.reportedEnd;
  if (end > head.end) {
    const isChunkless = head.isChunked && hexDigit(piece.bytes[head.end] ?? 0) < 0;
    const protocol = isChunkless ? null : bodyProtocol(head, piece.bytes);
    if (protocol !== null) frame.enter(protocol);
  }
  return end;
}

function noteStart(frame: Frame, piece: StreamPiece): Start {
  const messages = messagesOf(piece);
  const start = piece.fromA ? messages.fromA : messages.fromB;
  if (start.isSet) return start;
  start.isSet = true;
  start.isTold = false;
  setPlace(start, frame, piece);
  return start;
}

function setPlace(place: MessagePlace, frame: Frame, piece: StreamPiece): void {
  place.stream = piece.conversation.stream;
  place.frame = frame.number;
  place.seconds = frame.seconds;
  place.nanoseconds = frame.nanoseconds;
}

/** A response counts from its first byte, and once, however long its body takes. */
function tellResponse({ analyses }: Frame, start: Start, head: HttpHead): void {
  if (start.isTold || !head.isComplete) return;
  start.isTold = true;
  analyses.http.response(start, head.status);
}

/** A request counts when it was sent whole: from then on its answer is waited for. */
function tellRequest(frame: Frame, piece: StreamPiece, head: HttpHead): void {
  const place = newStart();
  setPlace(place, frame, piece);
  frame.analyses.http.request(place, head.requestLine, head.host);
  if (head.basicUser !== null)
    frame.analyses.credentials.add(frame, {
      protocol: "http",
      method: "Basic",
      user: head.basicUser === "" ? null : head.basicUser,
    });
}

/** A line ends with a line feed, or with a carriage return that something else follows. */
function hasWholeLine(bytes: Uint8Array, start: number, end: number): boolean {
  const feed = bytes.indexOf(lineFeed, start);
  const carriage = bytes.indexOf(carriageReturn, start);
  return (feed >= 0 && feed < end) || (carriage >= 0 && carriage + 1 < end);
}

/** Of a frame that was cut while recording not everything can be told. */
function noteShort(frame: Frame, piece: StreamPiece): boolean {
  const isShort =
    !piece.canContinue && piece.end < piece.reportedEnd && piece.bytes === frame.bytes;
  if (isShort) frame.enter("_ws.short");
  return isShort;
}

/** Where the body ends, -1 when it goes on in later segments, which the piece then asks for. */
function bodyEnd(piece: StreamPiece, head: HttpHead, at: number): number {
  if (head.isRequest) messagesOf(piece).lastRequestWasHead = head.isHead;
  else if (messagesOf(piece).lastRequestWasHead || head.hasNoBody) return head.end;
  const lengthEnd = head.contentLength < 0 ? -1 : head.end + head.contentLength;
  // A length wins over chunked coding while the message is collected, as in tshark.
  if (lengthEnd > piece.reportedEnd && piece.canContinue) {
    askFor(piece, streamNeed.bytes, at, lengthEnd - piece.reportedEnd);
    return -1;
  }
  if (head.isChunked) {
    const end = chunksEnd(piece, head.end);
    if (end >= 0) return end;
    if (!piece.canContinue) return piece.reportedEnd;
    askFor(piece, streamNeed.anotherSegment, at);
    return -1;
  }
  if (lengthEnd >= 0) return Math.min(lengthEnd, piece.reportedEnd);
  if (head.isRequest) return head.end;
  if (piece.canContinue && head.contentType !== "" && !head.keepsAlive) {
    askFor(piece, streamNeed.untilFin, at);
    return -1;
  }
  return piece.reportedEnd;
}

/** The end of chunked coding (RFC 9112, 7.1), -1 when it is not there. */
function chunksEnd({ bytes, end, reportedEnd }: StreamPiece, start: number): number {
  let at = start;
  while (at < end) {
    let size = 0;
    let digits = 0;
    for (; at < end; at++, digits++) {
      const digit = hexDigit(bytes[at] ?? 0);
      if (digit < 0) break;
      size = size * 16 + digit;
    }
    if (digits === 0) return reportedEnd;
    const line = bytes.indexOf(10, at);
    if (line < 0 || line >= end) return -1;
    at = line + 1;
    if (size === 0) return trailerEnd(bytes, at, end);
    at += size + 2;
  }
  return at === end && at === reportedEnd ? -1 : at > end && at <= reportedEnd ? reportedEnd : -1;
}

function trailerEnd(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end;) {
    const line = bytes.indexOf(10, at);
    if (line < 0 || line >= end) return -1;
    if (line - at <= 1) return line + 1;
    at = line + 1;
  }
  return -1;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

const stream: StreamDissector = {
  name: "http",
  recognizes: (bytes, at, end) => parseHttpHead(bytes, at, end) !== null,
  dissect,
};

export const http: Protocol = {
  name: "http",
  tcpPorts: [80, 3128, 3132, 5985, 8080, 8088, 11371, 1900, 2869, 2710],
  stream,
};
