import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { streamDissectorByContent, streamDissectorByPort, type Protocol } from "../registry.ts";
import {
  recognizesNothing,
  streamState,
  type StreamDissector,
  type StreamPiece,
} from "../transport/stream.ts";

const serverPort = 1080;
const connectCommand = 1;
const granted4 = 90;
const addressType = { ipv4: 1, name: 3, ipv6: 4 } as const;

/** What the next message is of; `closed` when nothing that follows is looked into. */
type Step = "greeting" | "method" | "login" | "loggedIn" | "request" | "reply" | "open" | "closed";

interface Session {
  step: Step;
  version: number;
  /** Where the client wants to go. */
  port: number;
  isConnect: boolean;
}

const sessions = streamState<Session>(() => ({
  step: "greeting",
  version: 0,
  port: -1,
  isConnect: false,
}));

/** SOCKS 4 and 5 (RFC 1928): every frame shows it, and inside, once connected, what it carries. */
function dissect(frame: Frame, piece: StreamPiece): boolean {
  const session = sessions(piece);
  // What else a frame carries through the tunnel shows without it.
  const isShown = frame.depth > 0 && frame.path.lastIndexOf("socks", frame.depth - 1) >= 0;
  if (session.step !== "open" || !isShown) frame.enter("socks", piece.at, piece.end, piece.bytes);
  if (session.step === "open") {
    reserveInnerStream(frame, session.port);
    dissectInner(frame, piece, session.port);
  } else if (session.step !== "closed")
    session.step = nextStep(session, piece, frame.ends.destinationPort === serverPort);
  return true;
}

/**
 * tshark looks at what goes through the tunnel as a segment of the port behind it, and so counts one stream
 * more: from the client to that port of the proxy. Numbers of streams are tshark's only with it.
 */
function reserveInnerStream(frame: Frame, port: number): void {
  const { ends } = frame;
  const { tcpStreams } = frame.analyses;
  const { sourcePort, destinationPort } = ends;
  if (destinationPort === serverPort) ends.destinationPort = port;
  else ends.sourcePort = port;
  tcpStreams.reserve(ends, frame);
  ends.sourcePort = sourcePort;
  ends.destinationPort = destinationPort;
  tcpStreams.flows.locate(ends, frame);
}

function dissectInner(frame: Frame, piece: StreamPiece, port: number): void {
  const { bytes, at, end } = piece;
  // Segments that were put together show below this protocol, not above it.
  piece.wrapperCount = 1;
  const found =
    port === serverPort
      ? null
      : (streamDissectorByPort(port, port, port) ?? streamDissectorByContent(bytes, at, end));
  if (found === null || !found.dissect(frame, piece)) frame.enter("data", at, end, bytes);
}

function nextStep(session: Session, piece: StreamPiece, isClient: boolean): Step {
  const { bytes, at } = piece;
  switch (session.step) {
    case "greeting":
      return isClient ? greet(session, piece) : "closed";
    case "method":
      return isClient ? session.step : methodStep(bytes[at + 1] ?? 0xff);
    case "login":
      return "loggedIn";
    case "loggedIn":
      return isClient ? session.step : "request";
    case "request":
      if (isClient) readRequest(session, piece);
      return isClient ? "reply" : session.step;
    case "reply":
      if (isClient) return session.step;
      return session.isConnect && (session.version === 5 || bytes[at + 1] === granted4)
        ? "open"
        : "closed";
    case "open":
    case "closed":
      return session.step;
  }
}

function greet(session: Session, { bytes, at }: StreamPiece): Step {
  session.version = bytes[at] ?? 0;
  if (session.version === 5) return "method";
  if (session.version !== 4) return "closed";
  session.isConnect = bytes[at + 1] === connectCommand;
  session.port = uint16(bytes, at + 2);
  return "reply";
}

/** No authentication, or a name and a password; others are not followed. */
function methodStep(method: number): Step {
  return method === 0 ? "request" : method === 2 ? "login" : "closed";
}

function readRequest(session: Session, { bytes, at }: StreamPiece): void {
  session.isConnect = bytes[at + 1] === connectCommand;
  const kind = bytes[at + 3];
  const size =
    kind === addressType.name ? 1 + (bytes[at + 4] ?? 0) : kind === addressType.ipv6 ? 16 : 4;
  session.port = uint16(bytes, at + 4 + size);
}

const stream: StreamDissector = { name: "socks", recognizes: recognizesNothing, dissect };

export const socks: Protocol = { name: "socks", tcpPorts: [serverPort], stream };
