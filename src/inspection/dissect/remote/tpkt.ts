import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import {
  recognizesNothing,
  askFor,
  streamNeed,
  streamState,
  type StreamPiece,
} from "../transport/stream.ts";
import { dissectCotp } from "./cotp.ts";
import { isFastPath } from "./rdp.ts";

/** Packets of one piece; damaged lengths could make many. */
const packetCountMax = 1_000;

const headerSizeBytes = 4;
const version = 3;
const datagramSizeMin = 8;

/** Packets one after another; a segment that begins with none is taken for the middle of one. */
function dissectStream(frame: Frame, piece: StreamPiece): boolean {
  const { bytes, end, canContinue } = piece;
  let { at } = piece;
  for (let count = 0; at < end && count < packetCountMax; count++) {
    if (bytes[at] !== version) {
      frame.enter(isFastPath(piece, at) ? "rdp" : "tpkt", at, end, bytes);
      return true;
    }
    if (canContinue && at + headerSizeBytes > end) {
      askFor(piece, streamNeed.anotherSegment, at);
      return true;
    }
    const next = at + uint16(bytes, at + 2);
    if (canContinue && next > end) {
      askFor(piece, streamNeed.bytes, at, next - end);
      return true;
    }
    dissectPacket(frame, piece, at, Math.min(next, end));
    if (next < at + headerSizeBytes) return true;
    at = next;
  }
  return true;
}

function dissectPacket(frame: Frame, piece: StreamPiece, at: number, end: number): void {
  const { bytes } = piece;
  frame.enter("tpkt", at, end, bytes);
  if (uint16(bytes, at + 2) === 0) frame.enter("_ws.malformed");
  else if (at + headerSizeBytes < end)
    dissectCotp(frame, { bytes, at: at + headerSizeBytes, end, piece });
}

/** RFC 1006: ISO transport in TCP, on a port of its own. */
export const tpkt: Protocol = {
  name: "tpkt",
  tcpPorts: [102],
  stream: { name: "tpkt", recognizes: recognizesNothing, dissect: dissectStream },
};

const startedOf = streamState(() => ({ isStarted: false }));

/** MS-RDPBCGR, 2.2.1: begins with ISO transport, and may go over to what only both ends can read. */
export const rdp: Protocol = {
  name: "rdp",
  tcpPorts: [3389],
  stream: {
    name: "tpkt",
    recognizes: recognizesNothing,
    dissect(frame, piece) {
      const { bytes, at, end } = piece;
      const started = startedOf(piece);
      const begins = bytes[at] === version && bytes[at + 1] === 0;
      started.isStarted ||= begins && end - at >= headerSizeBytes && uint16(bytes, at + 2) >= 4;
      return started.isStarted && dissectStream(frame, piece);
    },
  },
};

/** MS-RDPEUDP: what is inside shows no layer of its own. */
export const rdpUdp: Protocol = {
  name: "rdpudp",
  udpPorts: [3389],
  dissect(frame, at) {
    frame.enter("rdpudp", at);
    if (frame.reportedEnd - at < datagramSizeMin) frame.enter("_ws.malformed");
  },
};
