import { uint32 } from "../../file/bytes.ts";
import { quicVersion } from "./quic-version.ts";

export const packetType = { initial: 0, zeroRtt: 1, handshake: 2, retry: 3 } as const;
export const connectionIdSizeMax = 20;
const longHeaderBit = 0x80;

/** A packet with a long header (RFC 9000, 17.2). */
export interface LongHeader {
  version: number;
  /** -1 for a version negotiation. */
  type: number;
  destinationIdAt: number;
  destinationIdSize: number;
  /** Where the packet number begins; the end of the header of packets that have none. */
  packetNumberAt: number;
  /** Where the packet ends, as it says itself; it takes the rest of the datagram when it says nothing. */
  end: number;
}

export function isLongHeader(bytes: Uint8Array, at: number): boolean {
  return ((bytes[at] ?? 0) & longHeaderBit) !== 0;
}

/** Reads the header of the packet at `at`; null when it does not end by `end`. */
export function readLongHeader(bytes: Uint8Array, at: number, end: number): LongHeader | null {
  const version = uint32(bytes, at + 1);
  const destinationIdAt = at + 6;
  const destinationIdSize = bytes[at + 5] ?? 0;
  const sourceIdAt = destinationIdAt + destinationIdSize + 1;
  const sourceIdSize = bytes[sourceIdAt - 1] ?? 0;
  const next = sourceIdAt + sourceIdSize;
  if (destinationIdSize > connectionIdSizeMax || sourceIdSize > connectionIdSizeMax) return null;
  if (sourceIdAt > end || next > end) return null;
  const type = version === quicVersion.negotiation ? -1 : longPacketType(bytes[at] ?? 0, version);
  const header = { version, type, destinationIdAt, destinationIdSize, packetNumberAt: next, end };
  if (type === -1 || type === packetType.retry) return header;
  return withLength(header, bytes, end);
}

function withLength(header: LongHeader, bytes: Uint8Array, end: number): LongHeader | null {
  let at = header.packetNumberAt;
  if (header.type === packetType.initial) {
    if (at >= end) return null;
    at += variableSize(bytes, at) + variableValue(bytes, at);
  }
  if (at >= end || at + variableSize(bytes, at) > end) return null;
  const length = variableValue(bytes, at);
  header.packetNumberAt = at + variableSize(bytes, at);
  header.end = header.packetNumberAt + length;
  return header;
}

/** Version 2 numbers the types otherwise (RFC 9369, 3.2). */
function longPacketType(first: number, version: number): number {
  const type = (first >> 4) & 3;
  return version === quicVersion.two ? (type + 3) & 3 : type;
}

/** Bytes of the variable-length integer at `at` (RFC 9000, 16). */
export function variableSize(bytes: Uint8Array, at: number): number {
  return 1 << ((bytes[at] ?? 0) >> 6);
}

export function variableValue(bytes: Uint8Array, at: number): number {
  const size = variableSize(bytes, at);
  let value = (bytes[at] ?? 0) & 0x3f;
  for (let index = 1; index < size; index++) value = value * 256 + (bytes[at + index] ?? 0);
  return value;
}
