import { uint16In } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { streamState, type StreamPiece } from "../transport/stream.ts";
import { dissectIsoPayload } from "./iso-payload.ts";

/** Bytes of a message in parts that are kept; only its beginning is read. */
const keptSizeMax = 65_536;

const tpduTypes = new Set([0x10, 0x20, 0x50, 0x60, 0x70, 0x80, 0xc0, 0xd0, 0xe0, 0xf0]);
const connectionRequest = 0xe0;
const connectionConfirm = 0xd0;
const data = 0xf0;
const endOfMessage = 0x80;
const connectionHeaderSizeBytes = 7;
const negotiationSizeBytes = 8;
/** "Cook", which begins the routing cookie of RDP. */
const cookie = 0x6b6f6f43;

/** One TPDU, and the piece of the stream that it came in. */
export interface Tpdu {
  bytes: Uint8Array;
  at: number;
  end: number;
  piece: StreamPiece;
}

/** Parts of a message that is not complete, for each direction. */
const begunOf = streamState<[Uint8Array | null, Uint8Array | null]>(() => [null, null]);

/** ISO 8073, 13.2: a length, a kind, and what depends on the kind. */
export function dissectCotp(frame: Frame, tpdu: Tpdu): void {
  const { bytes, at, end } = tpdu;
  const headerEnd = at + 1 + (bytes[at] ?? 0);
  const type = (bytes[at + 1] ?? 0) & 0xf0;
  if (headerEnd === at + 1 || headerEnd > end || !tpduTypes.has(type)) {
    frame.enter("data", at, end, bytes);
    return;
  }
  frame.enter("cotp", at, headerEnd, bytes);
  if (type === data) dissectData(frame, tpdu, headerEnd);
  else if (type === connectionRequest || type === connectionConfirm)
    dissectConnection(frame, tpdu, headerEnd);
}

/** MS-RDPBCGR, 2.2.1.1: RDP puts a cookie, and what it can encrypt with, behind the fixed part. */
function dissectConnection(frame: Frame, { bytes, at, end }: Tpdu, headerEnd: number): void {
  const start = at + connectionHeaderSizeBytes;
  if (start + 4 > end) return;
  const kind = bytes[start] ?? 0;
  const isNegotiation =
    kind >= 1 && kind <= 3 && uint16In(bytes, start + 2, true) === negotiationSizeBytes;
  const isCookie =
    (uint16In(bytes, start, true) | (uint16In(bytes, start + 2, true) << 16)) === cookie;
  if (isNegotiation || isCookie) frame.enter("rdp", start, headerEnd, bytes);
}

/** The number of a data TPDU has a bit that ends the message; it is in the last byte but for long forms. */
function dissectData(frame: Frame, { bytes, at, end, piece }: Tpdu, start: number): void {
  const begun = begunOf(piece);
  const side = piece.fromA ? 0 : 1;
  const earlier = begun[side];
  const mark = bytes[at + (bytes[at] === 2 ? 2 : 4)] ?? 0;
  if ((mark & endOfMessage) === 0) {
    begun[side] = joined(earlier, bytes.subarray(start, end));
    return;
  }
  begun[side] = null;
  if (!earlier) {
    if (start < end) dissectIsoPayload(frame, { bytes, at: start, end, piece });
    return;
  }
  frame.enter("cotp.segments", start, end, bytes);
  const message = joined(earlier, bytes.subarray(start, end));
  dissectIsoPayload(frame, { bytes: message, at: 0, end: message.length, piece });
}

function joined(earlier: Uint8Array | null, later: Uint8Array): Uint8Array {
  const kept = earlier?.length ?? 0;
  const result = new Uint8Array(Math.min(keptSizeMax, kept + later.length));
  if (earlier) result.set(earlier);
  result.set(later.subarray(0, result.length - kept), kept);
  return result;
}
