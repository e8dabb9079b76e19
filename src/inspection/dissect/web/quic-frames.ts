import type { CryptoStream } from "./crypto-stream.ts";
import { variableSize, variableValue } from "./quic-header.ts";

const frameCountMax = 1_000;
const frameType = {
  padding: 0,
  ping: 1,
  ack: 2,
  ackEcn: 3,
  crypto: 6,
  connectionClose: 0x1c,
} as const;

/** True for the types of frames that Initial packets may have: RFC 9000, 12.4. */
export function mayBeginFrame(type: number): boolean {
  return (
    type <= frameType.ackEcn || type === frameType.crypto || type === frameType.connectionClose
  );
}

/** CRYPTO frames of the payload that was walked last: each one's offset, and where it begins and ends. */
const cryptoFrames = new Float64Array(3 * frameCountMax);
let cryptoCount = 0;

/** Adds the CRYPTO frames of the payload that `holdsWholeFrames` was asked of last to their stream. */
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

/** True when these bytes are frames that Initial packets may have, to the last byte. */
export function holdsWholeFrames(bytes: Uint8Array): boolean {
  return bytes.length > 0 && walkFrames(bytes);
}

/** Notes where CRYPTO frames are; false when other frames come, or one is cut. */
function walkFrames(bytes: Uint8Array): boolean {
  cryptoCount = 0;
  let at = 0;
  for (let count = 0; at < bytes.length && count < frameCountMax; count++) {
    const type = bytes[at++];
    if (type === frameType.padding) at = paddingEnd(bytes, at);
    else if (type === frameType.ack) at = fieldsEnd(bytes, at, ackFields(bytes, at));
    else if (type === frameType.ackEcn) at = fieldsEnd(bytes, at, ackFields(bytes, at) + 3);
    else if (type === frameType.connectionClose) at = closeEnd(bytes, at);
    else if (type === frameType.crypto) {
      const offset = variableValue(bytes, at);
      const lengthAt = fieldsEnd(bytes, at, 1);
      const start = fieldsEnd(bytes, lengthAt, 1);
      const end = start + variableValue(bytes, lengthAt);
      if (end > bytes.length) return false;
      noteCrypto(offset, start, end);
      at = end;
    } else if (type !== frameType.ping) return false;
  }
  return at === bytes.length;
}

function paddingEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] === frameType.padding) at++;
  return at;
}

/** Largest acknowledged, delay, count of ranges, the first range, and two for each further one: 19.3. */
function ackFields(bytes: Uint8Array, start: number): number {
  const countAt = fieldsEnd(bytes, start, 2);
  return 4 + Math.min(bytes.length, variableValue(bytes, countAt) * 2);
}

/** An error, the type of the frame that caused it, and a reason with its length: 19.19. */
function closeEnd(bytes: Uint8Array, start: number): number {
  const lengthAt = fieldsEnd(bytes, start, 2);
  return fieldsEnd(bytes, lengthAt, 1) + variableValue(bytes, lengthAt);
}

function fieldsEnd(bytes: Uint8Array, start: number, count: number): number {
  let at = start;
  for (let field = 0; field < count && at < bytes.length; field++) at += variableSize(bytes, at);
  return at;
}
