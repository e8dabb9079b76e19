import type { CryptoStream } from "./crypto-stream.ts";
import { uint24 } from "../../file/bytes.ts";
import { handshakeType } from "./handshake-messages.ts";
import { variableSize, variableValue } from "./quic-header.ts";
import type { QuicPayload } from "./quic-payload.ts";

const frameCountMax = 1_000;
/** RFC 9000, 16. */
const fieldSizeMax = 8;
/** Type and length of a handshake message. */
const messageHeadSizeBytes = 4;
const frameType = {
  padding: 0,
  ping: 1,
  ack: 2,
  ackEcn: 3,
  crypto: 6,
  connectionClose: 0x1c,
} as const;

/** True for the types of frames that Initial packets may have: RFC 9000, 12.4. */
function mayBeginFrame(type: number): boolean {
  return (
    type <= frameType.ackEcn || type === frameType.crypto || type === frameType.connectionClose
  );
}

/** CRYPTO frames of the payload that was walked last: each one's offset, and where it begins and ends. */
const cryptoFrames = new Float64Array(3 * frameCountMax);
let cryptoCount = 0;

/** Adds the CRYPTO frames of the payload that `holdsFrames` was asked of last to their stream. */
export function addCrypto(stream: CryptoStream, bytes: Uint8Array): void {
  for (let index = 0; index < 3 * cryptoCount; index += 3) {
    const start = cryptoFrames[index + 1] ?? 0;
    stream.add(bytes, start, cryptoFrames[index + 2] ?? 0, cryptoFrames[index] ?? 0);
  }
}

function noteCrypto(offset: number, start: number, end: number): void {
  cryptoFrames[3 * cryptoCount] = offset;
  cryptoFrames[3 * cryptoCount + 1] = start;
  cryptoFrames[3 * cryptoCount + 2] = end;
  cryptoCount++;
}

/**
 * True when a payload is frames that Initial packets may have, to the last byte; or up to padding behind a whole
 * hello, which shows more than frames to the end would. All that Initial packets are read for is in the hello.
 */
export function holdsFrames(payload: QuicPayload): boolean {
  const { bytes, size } = payload;
  cryptoCount = 0;
  payload.reach(1);
  if (size === 0 || !mayBeginFrame(bytes[0] ?? 0)) return false;
  let at = 0;
  for (let count = 0; at >= 0 && at < size && count < frameCountMax; count++) {
    payload.reach(at + 1);
    const type = bytes[at] ?? 0;
    if (type === frameType.padding && holdsHello(bytes)) return true;
    at = frameEnd(payload, at + 1, type);
  }
  return at === size;
}

/** Where the frame of this type ends, whose fields are at `at`; notes CRYPTO frames. -1 when it is none, or cut. */
function frameEnd(payload: QuicPayload, at: number, type: number): number {
  switch (type) {
    case frameType.padding:
      return paddingEnd(payload, at);
    case frameType.ping:
      return at;
    case frameType.ack:
      return fieldsEnd(payload, at, ackFields(payload, at));
    case frameType.ackEcn:
      return fieldsEnd(payload, at, ackFields(payload, at) + 3);
    case frameType.crypto:
      return cryptoEnd(payload, at);
    case frameType.connectionClose:
      return closeEnd(payload, at);
    default:
      return -1;
  }
}

/** True when the first CRYPTO frame begins the stream and holds its first message whole, which is a hello. */
function holdsHello(bytes: Uint8Array): boolean {
  if (cryptoCount === 0 || cryptoFrames[0] !== 0) return false;
  const start = cryptoFrames[1] ?? 0;
  const size = (cryptoFrames[2] ?? 0) - start;
  const type = bytes[start];
  if (type !== handshakeType.clientHello && type !== handshakeType.serverHello) return false;
  return size >= messageHeadSizeBytes && size === messageHeadSizeBytes + uint24(bytes, start + 1);
}

function paddingEnd(payload: QuicPayload, start: number): number {
  const { bytes, size } = payload;
  let at = start;
  for (; at < size; at++) {
    payload.reach(at + 1);
    if (bytes[at] !== frameType.padding) break;
  }
  return at;
}

/** An offset, a length, and so many bytes: 19.6. */
function cryptoEnd(payload: QuicPayload, at: number): number {
  const { bytes, size } = payload;
  const lengthAt = fieldsEnd(payload, at, 1);
  const offset = variableValue(bytes, at);
  const start = fieldsEnd(payload, lengthAt, 1);
  const end = start + variableValue(bytes, lengthAt);
  if (end > size) return -1;
  payload.reach(end);
  noteCrypto(offset, start, end);
  return end;
}

/** Largest acknowledged, delay, count of ranges, the first range, and two for each further one: 19.3. */
function ackFields(payload: QuicPayload, start: number): number {
  const countAt = fieldsEnd(payload, start, 2);
  payload.reach(countAt + fieldSizeMax);
  return 4 + Math.min(payload.size, variableValue(payload.bytes, countAt) * 2);
}

/** An error, the type of the frame that caused it, and a reason with its length: 19.19. */
function closeEnd(payload: QuicPayload, start: number): number {
  const lengthAt = fieldsEnd(payload, start, 2);
  return fieldsEnd(payload, lengthAt, 1) + variableValue(payload.bytes, lengthAt);
}

/** Where so many fields end, which are then there. */
function fieldsEnd(payload: QuicPayload, start: number, count: number): number {
  const { bytes, size } = payload;
  payload.reach(start + fieldSizeMax * count);
  let at = start;
  for (let field = 0; field < count && at < size; field++) at += variableSize(bytes, at);
  return at;
}
