import { uint32 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import type { Protocol } from "../registry.ts";
import { askFor, streamNeed, streamState, type StreamPiece } from "../transport/stream.ts";
import { Calls, isKnownCall, isMessage } from "./onc-rpc-calls.ts";

/** Messages of one piece; damaged lengths could make many. */
const messageCountMax = 1_000;
/** Fragments that claim more are taken for something else, as tshark does. */
const fragmentSizeMax = 4_194_304;
/** Bytes of a message in fragments that are kept: enough for its header. */
const keptSizeMax = 1_024;

const markSizeBytes = 4;
const lastFragment = 0x80000000;
const callMax = 0x100000000;

/** Calls in datagrams of one capture, by conversation and number. */
const datagramCalls = new WeakMap<Frame, Calls>();

function callsIn(frame: Frame): Calls {
  const found = datagramCalls.get(frame);
  if (found) return found;
  const calls = new Calls();
  datagramCalls.set(frame, calls);
  return calls;
}

const datagramKey = ({ bytes, udpStream }: Frame, at: number): number =>
  (udpStream + 1) * callMax + uint32(bytes, at);

function dissectDatagram(frame: Frame, at: number): void {
  const place = { at, end: frame.capturedEnd, key: datagramKey(frame, at) };
  callsIn(frame).dissect(frame, frame.bytes, place);
  if (frame.reportedEnd > frame.capturedEnd) frame.enter("_ws.short");
}

function recognizesDatagram(frame: Frame, at: number): boolean {
  const { bytes, capturedEnd } = frame;
  if (isKnownCall(bytes, at, capturedEnd)) return true;
  if (!isMessage(bytes, at, capturedEnd)) return false;
  return datagramCalls.get(frame)?.has(datagramKey(frame, at)) ?? false;
}

/** What one stream has said; the beginning of a message in fragments is kept for each direction. */
interface State {
  calls: Calls;
  begun: [Uint8Array | null, Uint8Array | null];
}

const stateOf = streamState<State>(() => ({ calls: new Calls(), begun: [null, null] }));

/** RFC 5531, 11: each fragment has its length before it, with a bit that tells the last of a message. */
function dissectStream(frame: Frame, piece: StreamPiece): boolean {
  const { bytes, end, canContinue } = piece;
  const state = stateOf(piece);
  let { at } = piece;
  for (let count = 0; at < end && count < messageCountMax; count++) {
    if (!isFragment(state, piece, at)) {
      frame.enter("rpc", at, end, bytes);
      return true;
    }
    const next = at + markSizeBytes + fragmentSize(bytes, at);
    if (canContinue && at + markSizeBytes > end) {
      askFor(piece, streamNeed.anotherSegment, at);
      return true;
    }
    if (canContinue && next > end) {
      askFor(piece, streamNeed.bytes, at, next - end);
      return true;
    }
    dissectFragment(frame, piece, at, Math.min(next, end));
    if (next > end && piece.reportedEnd > end && !canContinue) frame.enter("_ws.short");
    at = next;
  }
  return true;
}

const fragmentSize = (bytes: Uint8Array, at: number): number => uint32(bytes, at) & ~lastFragment;

/** True when a message, or the rest of one, may begin at `at`. */
function isFragment(
  { begun }: State,
  { bytes, at: start, end, fromA }: StreamPiece,
  at: number,
): boolean {
  if (at + markSizeBytes > end) return at > start;
  if (fragmentSize(bytes, at) > fragmentSizeMax) return false;
  if (begun[fromA ? 0 : 1] || at + 16 > end) return true;
  return isMessage(bytes, at + markSizeBytes, end);
}

function dissectFragment(frame: Frame, piece: StreamPiece, at: number, end: number): void {
  const { bytes, fromA } = piece;
  const { calls, begun } = stateOf(piece);
  const side = fromA ? 0 : 1;
  const start = at + markSizeBytes;
  const earlier = begun[side];
  if ((uint32(bytes, at) & lastFragment) === 0) {
    begun[side] = joined(earlier, bytes.subarray(start, end));
    frame.enter("rpc", start, end, bytes);
    return;
  }
  begun[side] = null;
  const message = earlier ? joined(earlier, bytes.subarray(start, end)) : bytes;
  const place = earlier ? { at: 0, end: message.length } : { at: start, end };
  calls.dissect(frame, message, { ...place, key: uint32(message, place.at) });
}

function joined(earlier: Uint8Array | null, later: Uint8Array): Uint8Array {
  const kept = earlier?.length ?? 0;
  const result = new Uint8Array(Math.min(keptSizeMax, kept + later.length));
  if (earlier) result.set(earlier);
  result.set(later.subarray(0, result.length - kept), kept);
  return result;
}

/** ONC RPC: recognized by a call of a known program, and on its own port. */
export const oncRpc: Protocol = {
  name: "rpc",
  udpPorts: [111],
  tcpPorts: [111],
  recognizesDatagram,
  dissect: dissectDatagram,
  stream: {
    name: "rpc",
    recognizes: (bytes, at, end) =>
      at + markSizeBytes < end &&
      fragmentSize(bytes, at) <= fragmentSizeMax &&
      isKnownCall(bytes, at + markSizeBytes, end),
    dissect: dissectStream,
  },
};
