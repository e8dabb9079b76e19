import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { isExactTextAt, isTextAt } from "../text.ts";
import {
  recognizesNothing,
  streamState,
  type StreamDissector,
  type StreamPiece,
} from "../transport/stream.ts";

const serverPort = 110;

const sessions = streamState(() => ({ asksForTls: false, isTls: false }));

/** RFC 1939: each segment shows by itself; what the server sends that is no answer is part of a message. */
function dissect(frame: Frame, piece: StreamPiece): boolean {
  const { bytes, at, end } = piece;
  const session = sessions(piece);
  if (session.isTls) return false;
  frame.enter("pop", at, end, bytes);
  const isServer = frame.ends.sourcePort === serverPort;
  if (!isServer) {
    session.asksForTls = isTextAt(bytes, at, end, "stls");
    return true;
  }
  const isGood = isExactTextAt(bytes, at, end, "+OK");
  if (!isGood && !isExactTextAt(bytes, at, end, "-ERR")) frame.enter("imf", at, end, bytes);
  if (isGood && session.asksForTls) session.isTls = true;
  return true;
}

const stream: StreamDissector = { name: "pop", recognizes: recognizesNothing, dissect };

export const pop: Protocol = { name: "pop", tcpPorts: [serverPort], stream };
