import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { findLineEnd, isExactTextAt, isTextAt, textOf, type LineEnd } from "../text.ts";
import {
  recognizesNothing,
  streamState,
  type StreamDissector,
  type StreamPiece,
} from "../transport/stream.ts";
import {
  channelStream,
  commandNodes,
  countedFrame,
  setupNode,
  type Channel,
  type CountedFrame,
} from "./ftp-data.ts";

const controlPort = 21;
const lineCountMax = 1_000;
const argumentSizeMax = 128;

interface Session {
  /** The data connection that was announced last, until the next command, to which it belongs. */
  channel: Channel | null;
  /** The session's first command: what no later one follows, tshark gives to it. */
  first: CountedFrame | null;
  asksForTls: boolean;
  isTls: boolean;
}

const sessionOf = streamState<Session>(() => ({
  channel: null,
  first: null,
  asksForTls: false,
  isTls: false,
}));

const line: LineEnd = { end: 0, next: 0 };

/** RFC 959: each segment shows by itself, and below it the folder that the session is in. */
function dissect(frame: Frame, piece: StreamPiece): boolean {
  const session = sessionOf(piece);
  if (session.isTls) return false;
  const { bytes, at, end } = piece;
  const isCommand = frame.ends.destinationPort === controlPort;
  frame.enter("ftp", at, end, bytes);
  frame.enter("ftp.current-working-directory");
  let next = at;
  for (let count = 0; next < end && count < lineCountMax; count++) {
    const start = next;
    const lineEnd = findLineEnd(bytes, start, end, line) ? line.end : end;
    next = line.next;
    if (isCommand) readCommand(frame, session, piece, { start, end: lineEnd });
    else readReply(frame, session, piece, { start, end: lineEnd });
  }
  return true;
}

interface Line {
  start: number;
  end: number;
}

function readCommand(
  frame: Frame,
  session: Session,
  { bytes }: StreamPiece,
  { start, end }: Line,
): void {
  session.asksForTls = isTextAt(bytes, start, end, "auth tls");
  session.first ??= countedFrame(frame);
  if (isTextAt(bytes, start, end, "port "))
    announce(frame, session, true, portOf(bytes, start, end));
  else if (isTextAt(bytes, start, end, "eprt "))
    announce(frame, session, true, extendedPortOf(bytes, start, end));
  else if (session.channel) noteCommand(frame, session, session.channel);
}

/** The command after an announcement shows what came of it. */
function noteCommand(frame: Frame, session: Session, channel: Channel): void {
  const { first } = session;
  if (first && channel.command) {
    frame.analyses.hierarchy.move(channel.command.path, first.path, first.bytes);
    channel.command.path = first.path;
  }
  for (const node of commandNodes) frame.enter(node);
  frame.enter(setupNode);
  channel.command = countedFrame(frame);
  session.channel = null;
}

function withResponse({ path }: CountedFrame): string[] {
  return [...path, ...commandNodes, setupNode];
}

function readReply(
  frame: Frame,
  session: Session,
  { bytes }: StreamPiece,
  { start, end }: Line,
): void {
  if (isExactTextAt(bytes, start, end, "227 "))
    announce(frame, session, false, portOf(bytes, start, end));
  else if (isExactTextAt(bytes, start, end, "229 "))
    announce(frame, session, false, extendedPortOf(bytes, start, end));
  else if (session.asksForTls && isExactTextAt(bytes, start, end, "234")) session.isTls = true;
}

/** Where data will come to: the address (its bits) or null for the announcing side's, and the port. */
interface End {
  address: number | null;
  port: number;
}

function announce(frame: Frame, session: Session, isActive: boolean, at: End | null): void {
  if (at === null) return;
  const { first } = session;
  const { hierarchy, addresses } = frame.analyses;
  if (first && !session.channel?.command)
    hierarchy.move(first.path, withResponse(first), first.bytes);
  const command =
    session.channel?.command ?? (first && { path: withResponse(first), bytes: first.bytes });
  session.channel = { isActive, setup: countedFrame(frame), command, frames: 0 };
  // What comes after EPRT shows as if nothing had been announced.
  if (isActive && at.address === null) return;
  const address = at.address === null ? frame.ends.source : addresses.ipv4(at.address);
  frame.expectations.expectStream(address, at.port, channelStream(session.channel));
}

const pattern = {
  /** h1,h2,h3,h4,p1,p2 */
  numbers: /(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})/,
  /** RFC 2428: a delimiter around the protocol, the address and the port. */
  delimited: /[(\s]([!-~])([12]?)\1([^\s]*?)\1(\d{1,5})\1/,
};

function portOf(bytes: Uint8Array, start: number, end: number): End | null {
  const text = textOf(bytes, start + 4, Math.min(end, start + argumentSizeMax));
  const numbers = pattern.numbers.exec(text)?.slice(1).map(Number);
  if (!numbers || numbers.some((number) => number > 255)) return null;
  const [a = 0, b = 0, c = 0, d = 0, high = 0, low = 0] = numbers;
  return { address: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, port: high * 256 + low };
}

/** The address of EPRT is the client's own: only its port is read. */
function extendedPortOf(bytes: Uint8Array, start: number, end: number): End | null {
  const text = textOf(bytes, start, Math.min(end, start + argumentSizeMax));
  const found = pattern.delimited.exec(text);
  const port = Number(found?.[4] ?? 0);
  return found && port > 0 && port < 65_536 ? { address: null, port } : null;
}

const stream: StreamDissector = { name: "ftp", recognizes: recognizesNothing, dissect };

export const ftp: Protocol = { name: "ftp", tcpPorts: [controlPort], stream };
