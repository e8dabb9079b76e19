import { uint16 } from "../../file/bytes.ts";
import type { Frame } from "../frame.ts";
import { tlsFields } from "./tls-fields.ts";
import type { Protocol } from "../registry.ts";
import { beginsAsText } from "../text.ts";
import {
  askFor,
  streamNeed,
  streamState,
  type StreamDissector,
  type StreamPiece,
} from "../transport/stream.ts";
import { handshakeType } from "./handshake-messages.ts";
import {
  isRecordType,
  isRecordVersion,
  isVersion2Record,
  looksLikeRecord,
  looksLikeVersion2Hello,
  recordHeaderSizeBytes,
  recordType,
  version2RecordSize,
} from "./tls-record.ts";
import { TlsSession } from "./tls-session.ts";

/** Records of one piece; damaged lengths could make many. */
const recordCountMax = 4_096;

/** The record layer that a stream turned out to have. */
const layer = { unknown: 0, version2: 2, version3: 3 } as const;

interface Stream {
  layer: (typeof layer)[keyof typeof layer];
  session: TlsSession;
}

const streamOf = streamState<Stream>(() => ({
  layer: layer.unknown,
  session: new TlsSession("tls"),
}));

/** A run of records; one that is cut is asked for whole. Text is not its own, wherever it comes. */
function dissect(frame: Frame, piece: StreamPiece): boolean {
  const { at, end, bytes } = piece;
  if (end - at < recordHeaderSizeBytes && piece.canContinue) {
    askFor(piece, streamNeed.anotherSegment, at);
    return true;
  }
  if (beginsAsText(bytes, at, end)) return false;
  const { depth } = frame;
  frame.enter("tls", at, end, bytes);
  const stream = streamOf(piece);
  let next = at;
  for (let count = 0; next < end && count < recordCountMax; count++) {
    const start = next;
    next = dissectRecord(frame, piece, stream, start);
    if (next >= 0) continue;
    // Nothing is shown of a piece that is a part of its first record.
    if (start === at) frame.depth = depth;
    return true;
  }
  if (next > end && next <= piece.reportedEnd) frame.enter("_ws.short");
  return true;
}

/** Where the next record begins, also when that was not recorded; -1 when this one goes on in later segments. */
function dissectRecord(frame: Frame, piece: StreamPiece, stream: Stream, at: number): number {
  const { bytes, end } = piece;
  if (end - at < recordHeaderSizeBytes) {
    if (piece.canContinue) askFor(piece, streamNeed.anotherSegment, at);
    return piece.canContinue ? -1 : Math.min(at + recordHeaderSizeBytes, piece.reportedEnd);
  }
  if (isVersion2(stream, bytes, at)) return dissectVersion2(piece, stream, at);
  const type = bytes[at] ?? 0;
  if (stream.layer !== layer.version3) {
    if (!isRecordType(type) || !isRecordVersion(uint16(bytes, at + 1))) return end;
  } else if (!isRecordType(type)) return piece.reportedEnd;
  const next = at + recordHeaderSizeBytes + uint16(bytes, at + 3);
  if (next > end && piece.canContinue) {
    askFor(piece, streamNeed.bytes, at, next - end);
    return -1;
  }
  readRecord(frame, piece, stream, at);
  return next;
}

function isVersion2({ layer: known }: Stream, bytes: Uint8Array, at: number): boolean {
  if (known === layer.version2) return true;
  if (known === layer.unknown) return isVersion2Record(bytes, at);
  return bytes[at] === 0x80 && bytes[at + 2] === handshakeType.clientHello;
}

/** A message of SSL 2.0; an answer in it settles that the stream stays with it. */
function dissectVersion2(piece: StreamPiece, stream: Stream, at: number): number {
  const { bytes, end } = piece;
  const next = at + version2RecordSize(bytes, at);
  if (next > end && piece.canContinue) {
    askFor(piece, streamNeed.bytes, at, next - end);
    return -1;
  }
  const type = bytes[at + 2] ?? 0;
  if (stream.layer === layer.unknown && (type === 2 || type === 4)) stream.layer = layer.version2;
  return next;
}

/** Application data, of which most streams consist, costs a comparison. */
function readRecord(frame: Frame, piece: StreamPiece, stream: Stream, at: number): void {
  const { session } = stream;
  const type = piece.bytes[at] ?? 0;
  if (type === recordType.applicationData) {
    stream.layer = layer.version3;
    // TLS 1.3 hides the true type of a record (RFC 8446, 5.2).
    if (frame.detailed && session.isVersion13) frame.note("tls.record.opaque_type", type);
    if (!session.isSettled) session.applicationData(frame, piece);
    return;
  }
  readControl(frame, piece, stream, at);
}

function readControl(frame: Frame, piece: StreamPiece, stream: Stream, at: number): void {
  const { session } = stream;
  const { bytes } = piece;
  const start = at + recordHeaderSizeBytes;
  const size = uint16(bytes, at + 3);
  const end = Math.min(piece.end, start + size);
  switch (bytes[at] ?? 0) {
    case recordType.handshake:
      session.readHandshake(frame, piece, bytes, { start, end });
      if (isAnswer(bytes[start] ?? 0)) stream.layer = layer.version3;
      break;
    case recordType.changeCipherSpec:
      session.changeCipherSpec(piece);
      stream.layer = layer.version3;
      break;
    case recordType.alert:
      if (size === 2) session.alert(piece, bytes[start] ?? 0, bytes[start + 1] ?? 0);
      stream.layer = layer.version3;
      break;
    default:
      stream.layer = layer.version3;
  }
}

/** A handshake message that only follows hellos, so that the version is agreed. */
function isAnswer(type: number): boolean {
  return type !== handshakeType.clientHello && type <= 24;
}

const stream: StreamDissector = {
  name: "tls",
  ownsEarlierFrames: true,
  recognizes: (bytes, at, end) =>
    looksLikeRecord(bytes, at, end) || looksLikeVersion2Hello(bytes, at, end),
  dissect,
};

/** The stream of this piece is TLS from its next segment on, as both ends have agreed (STARTTLS). */
export function startTls({ conversation }: StreamPiece): void {
  conversation.dissector = stream;
}

export const tls: Protocol = {
  name: "tls",
  fields: tlsFields,
  tcpPorts: [
    443, 324, 465, 636, 802, 853, 993, 995, 1300, 2221, 2443, 3249, 3250, 3251, 3252, 3496, 5061,
    5671, 5684, 5868, 8883, 11207, 19999, 27017,
  ],
  stream,
};
