// The record layers of TLS (RFC 8446, 5.1) and SSL 2.0, and how they show themselves.
import { uint16 } from "../../file/bytes.ts";

export const recordHeaderSizeBytes = 5;
export const recordType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  heartbeat: 24,
  connectionId: 25,
} as const;

/** A record of any stream is not taken for one of TLS from this size on. */
const recognizedSizeMax = 16_384 + 2_048;
const tlcpVersion = 0x0101;

export function isRecordType(type: number): boolean {
  return type >= recordType.changeCipherSpec && type <= recordType.connectionId;
}

/** The versions that record headers carry: SSL 3.0 to TLS 1.2, and TLCP. */
export function isRecordVersion(version: number): boolean {
  return (version >= 0x0300 && version <= 0x0303) || version === tlcpVersion;
}

/** True when the bytes of any stream look like a record of a handshake or of data. */
export function looksLikeRecord(bytes: Uint8Array, at: number, end: number): boolean {
  const type = bytes[at] ?? 0;
  if (type !== recordType.handshake && type !== recordType.applicationData) return false;
  if (end - at < recordHeaderSizeBytes || !isRecordVersion(uint16(bytes, at + 1))) return false;
  const size = uint16(bytes, at + 3);
  return size > 0 && size < recognizedSizeMax;
}

const version2HelloSizeMin = 46;
const version2ChallengeSizeBytes = 32;

/** True when they look like the ClientHello of SSL 2.0, in which old clients ask for newer versions. */
export function looksLikeVersion2Hello(bytes: Uint8Array, at: number, end: number): boolean {
  if (bytes[at] !== 0x80 || bytes[at + 2] !== 1 || end - at < version2HelloSizeMin) return false;
  const ciphersSize = uint16(bytes, at + 5);
  const sessionIdSize = uint16(bytes, at + 7);
  return (
    ciphersSize > 0 &&
    ciphersSize % 3 === 0 &&
    (sessionIdSize === 0 || sessionIdSize === 16) &&
    uint16(bytes, at + 9) === version2ChallengeSizeBytes
  );
}

/** Messages of SSL 2.0 that tell it apart: error, the hellos and the client's key. */
export function isVersion2Record(bytes: Uint8Array, at: number): boolean {
  const type = bytes[at + 2] ?? 0;
  return ((bytes[at] ?? 0) & 0x80) !== 0 && (type <= 2 || type === 4);
}

/** The size of a record of SSL 2.0, header included: three bytes when it is padded, else two. */
export function version2RecordSize(bytes: Uint8Array, at: number): number {
  const word = uint16(bytes, at);
  return word & 0x8000 ? (word & 0x7fff) + 2 : (word & 0x3fff) + 3;
}
