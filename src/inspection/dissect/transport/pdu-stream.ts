import type { Frame } from "../frame.ts";
import {
  recognizesNothing,
  askFor,
  streamNeed,
  type StreamDissector,
  type StreamPiece,
} from "./stream.ts";

/** Messages of one piece; damaged lengths could make many. */
const messageCountMax = 1_000;

/** Of a message whose header does not say it yet. */
export const sizeUnknown = Infinity;

/** How a protocol cuts a byte stream into messages: a header of a fixed size says how long each is. */
export interface PduRules {
  name: string;
  headerSizeBytes: number;
  /**
   * Size of the whole message at `at`, header included; 0 or less when the header is none, `sizeUnknown` when
   * the next segment may tell.
   */
  size(bytes: Uint8Array, at: number, end: number): number;
  /** Enters the message's protocols; the name alone unless told. */
  enter?(frame: Frame, bytes: Uint8Array, at: number, end: number): void;
  /** Whether a piece that begins like this is the protocol's at all; yes unless told. */
  accepts?(bytes: Uint8Array, at: number, end: number): boolean;
}

/** A dissector of a stream of messages with a length in their header; each shows by itself, as in tshark. */
export function pduStream(rules: PduRules): StreamDissector {
  return {
    name: rules.name,
    recognizes: recognizesNothing,
    dissect(frame, piece) {
      if (rules.accepts && !rules.accepts(piece.bytes, piece.at, piece.end)) return false;
      let { at } = piece;
      for (let count = 0; at < piece.end && count < messageCountMax; count++) {
        const next = dissectPdu(frame, piece, rules, at);
        if (next < 0) return true;
        at = next;
      }
      return true;
    },
  };
}

/** Where the next message begins, -1 when this one needs more or is damaged. */
function dissectPdu(frame: Frame, piece: StreamPiece, rules: PduRules, at: number): number {
  const { bytes, end, reportedEnd } = piece;
  if (end - at < rules.headerSizeBytes && piece.canContinue) {
    askFor(piece, streamNeed.anotherSegment, at);
    return -1;
  }
  const known = rules.size(bytes, at, end);
  if (known === sizeUnknown && piece.canContinue) {
    askFor(piece, streamNeed.anotherSegment, at);
    return -1;
  }
  const size = known === sizeUnknown ? end - at : known;
  const next = at + size;
  // Of a long message that was put together only the beginning is kept.
  if (size >= rules.headerSizeBytes && next > reportedEnd && piece.canContinue) {
    askFor(piece, streamNeed.bytes, at, next - reportedEnd);
    return -1;
  }
  // No length is left to the protocol; one that its own header exceeds is damage.
  if (size > 0 && size < rules.headerSizeBytes) {
    frame.enter("_ws.malformed");
    return -1;
  }
  if (rules.enter) rules.enter(frame, bytes, at, Math.min(end, Math.max(next, at)));
  else frame.enter(rules.name, at, Math.min(end, Math.max(next, at)), bytes);
  // The rest was on the wire, but the capture keeps no more of each packet.
  if (next > end && reportedEnd > end && !piece.canContinue) enterShort(frame);
  return size >= rules.headerSizeBytes ? next : -1;
}

/** Once only: some dissectors say themselves where they miss bytes. */
function enterShort(frame: Frame): void {
  const last = frame.path[frame.depth - 1];
  if (last !== "_ws.short" && last !== "_ws.malformed") frame.enter("_ws.short");
}

/** A protocol whose segments are not put together: each one shows it, and `below` it what it always has. */
export function segmentStream(name: string, below?: string): StreamDissector {
  return {
    name,
    recognizes: recognizesNothing,
    dissect(frame, { bytes, at, end }) {
      frame.enter(name, at, end, bytes);
      if (below !== undefined) frame.enter(below, at, end, bytes);
      return true;
    },
  };
}
