import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
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
const decoder = new TextDecoder("latin1");

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
  const feed = bytes.indexOf(lineFeed, at);
  if ((feed < 0 || feed >= end) && piece.canContinue) {
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
    const feed = bytes.indexOf(lineFeed, at);
    const next = feed < 0 || feed >= end ? end : feed + 1;
    if (!isClient) readAnswer(session, textOf(bytes, at, next));
    else if (!session.isData) readCommand(session, textOf(bytes, at, next));
    else if (readMessageLine(session, bytes, at, next)) endsMessage = true;
    at = next;
  }
  return endsMessage;
}

/** A line with one dot ends the message (RFC 5321, 4.5.2); true when there was a message. */
function readMessageLine(session: Session, bytes: Uint8Array, at: number, next: number): boolean {
  const isEnd = session.isLineStart && textOf(bytes, at, next) === ".\r\n";
  const hadText = session.hasText;
  session.hasText = !isEnd;
  session.isLineStart = next - at >= 2 && bytes[next - 2] === 13 && bytes[next - 1] === lineFeed;
  if (isEnd) session.isData = false;
  return isEnd && hadText;
}

function readCommand(session: Session, line: string): void {
  const command = line.trim().toUpperCase();
  if (command === "DATA") {
    session.isData = true;
    session.hasText = false;
    session.isLineStart = true;
  }
  session.asksForTls = command === "STARTTLS";
}

function readAnswer(session: Session, line: string): void {
  if (session.asksForTls && line.startsWith("220")) session.isTls = true;
}

const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  decoder.decode(bytes.subarray(start, Math.min(end, start + commandSizeMax)));

const stream: StreamDissector = { name: "smtp", recognizes: recognizesNothing, dissect };

export const smtp: Protocol = { name: "smtp", tcpPorts: ports, stream };
