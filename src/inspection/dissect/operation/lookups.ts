// A question in one line, and an answer up to the end of the connection: WHOIS (RFC 3912), Finger (RFC 1288).
import { tcpFlag } from "../../analysis/tcp-sequence.ts";
import type { Protocol } from "../registry.ts";
import { findLineEnd, type LineEnd } from "../text.ts";
import {
  recognizesNothing,
  askFor,
  streamNeed,
  type StreamDissector,
} from "../transport/stream.ts";

const line: LineEnd = { end: 0, next: 0 };

function lookup(name: string, port: number): Protocol {
  const stream: StreamDissector = {
    name,
    recognizes: recognizesNothing,
    dissect(frame, piece) {
      const { bytes, at, end } = piece;
      const isQuestion = frame.ends.destinationPort === port;
      const isEnd = (frame.tcpFlags & tcpFlag.fin) !== 0;
      if (piece.canContinue && isQuestion && !findLineEnd(bytes, at, end, line))
        askFor(piece, streamNeed.anotherSegment, at);
      else if (piece.canContinue && !isQuestion && !isEnd) askFor(piece, streamNeed.untilFin, at);
      else frame.enter(name, at, end, bytes);
      return true;
    },
  };
  return { name, tcpPorts: [port], stream };
}

export const whois = lookup("whois", 43);
export const finger = lookup("finger", 79);
