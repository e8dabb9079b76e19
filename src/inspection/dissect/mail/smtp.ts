import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { isExactTextAt, isTextAt } from "../text.ts";
import {
  recognizesNothing,
  askFor,
  streamNeed,
  streamState,
  type StreamDissector,
  type StreamPiece,
} from "../transport/stream.ts";

const ports: readonly number[] = [25, 587];
const lineFeed = 10;
const lineCountMax = 10_000;
const commandSizeMax = 64;
const lastLine = ".\r\n";
/** There is no line feed. */
const noEnd = -1;

interface Session {
  /** The client sends a message, up to a line with one dot. */
  isData: boolean;
  /** The message has something before the line that ends it, and where in its lines it is. */
  hasText: boolean;
  isLineStart: boolean;
  asksForTls: boolean;
  isTls: boolean;
}

const sessions = streamState<Session>(() => ({
  isData: false,
  hasText: false,
  isLineStart: true,
  asksForTls: false,
  isTls: false,
}));

/** RFC 5321: lines of commands and answers, and messages between them, shown where they end (`imf`). */
function dissect(frame: Frame, piece: StreamPiece): boolean {
  const { bytes, at, end } = piece;
  const session = sessions(piece);
  if (session.isTls) return false;
  if (piece.canContinue && lineEnd(bytes, at, end) === noEnd) {
    askFor(piece, streamNeed.anotherSegment, at);
    return true;
  }
  const isClient = ports.includes(frame.ends.destinationPort);
  const endsMessage = readLines(piece, session, isClient);
  frame.enter("smtp", at, end, bytes);
  if (endsMessage) frame.enter("imf");
  return true;
}

/** Follows the session; true when a message ends in this piece. */
function readLines(
  { bytes, at: start, end }: StreamPiece,
  session: Session,
  isClient: boolean,
): boolean {
  let endsMessage = false;
  let at = start;
  for (let count = 0; at < end && count < lineCountMax; count++) {
    const found = lineEnd(bytes, at, end);
    const next = found === noEnd ? end : found;
    if (!isClient) readAnswer(session, bytes, at, next);
    else if (!session.isData) readCommand(session, bytes, at, next);
    else if (readMessageLine(session, bytes, at, next)) endsMessage = true;
    at = next;
  }
  return endsMessage;
}

/** Where the line at `at` ends, behind its line feed; none of the buffer behind `end` is looked at. */
function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  for (let index = at; index < end; index++) if (bytes[index] === lineFeed) return index + 1;
  return noEnd;
}

/** A line with one dot ends the message (RFC 5321, 4.5.2); true when there was a message. */
function readMessageLine(session: Session, bytes: Uint8Array, at: number, next: number): boolean {
  const isEnd =
    session.isLineStart &&
    next - at === lastLine.length &&
    isExactTextAt(bytes, at, next, lastLine);
  const hadText = session.hasText;
  session.hasText = !isEnd;
  session.isLineStart = next - at >= 2 && bytes[next - 2] === 13 && bytes[next - 1] === lineFeed;
  if (isEnd) session.isData = false;
  return isEnd && hadText;
}

function readCommand(session: Session, bytes: Uint8Array, at: number, next: number): void {
  if (isCommand(bytes, at, next, "data")) {
    session.isData = true;
    session.hasText = false;
    session.isLineStart = true;
  }
  session.asksForTls = isCommand(bytes, at, next, "starttls");
}

/** True when the line is this command, alone but for blanks around it. */
function isCommand(bytes: Uint8Array, start: number, next: number, lower: string): boolean {
  const end = Math.min(next, start + commandSizeMax);
  let at = start;
  while (at < end && isSpace(bytes[at])) at++;
  if (!isTextAt(bytes, at, end, lower)) return false;
  at += lower.length;
  while (at < end && isSpace(bytes[at])) at++;
  return at === end;
}

/** What `trim` takes away of text whose characters are bytes. */
function isSpace(byte = 0): boolean {
  return byte === 32 || (byte >= 9 && byte <= 13) || byte === 0xa0;
}

function readAnswer(session: Session, bytes: Uint8Array, at: number, next: number): void {
  if (session.asksForTls && isExactTextAt(bytes, at, next, "220")) session.isTls = true;
}

const stream: StreamDissector = { name: "smtp", recognizes: recognizesNothing, dissect };

export const smtp: Protocol = { name: "smtp", tcpPorts: ports, stream };
