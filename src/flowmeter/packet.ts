// A packet from its IP header on, as far as a flow needs it: RFC 791, RFC 8200, RFC 9293, RFC 768.
import { networkUint16 } from "./netlink/bytes.ts";
import { destinationAt, destinationPortAt, isLoggedProtocol, protocolAt } from "./tuple.ts";
import { protocolTcp, putAddress, sourceAt, sourcePortAt, tupleSizeBytes } from "./tuple.ts";

/** What a packet says of its flow. Owned and reused by its reader. */
export interface PacketHeaders {
  readonly tuple: Uint8Array;
  /** From the IP header on, as the header says; more than was captured. */
  bytes: number;
  /** Of TCP; 0 else. */
  tcpFlags: number;
}

export const newPacketHeaders = (): PacketHeaders => ({
  tuple: Buffer.alloc(tupleSizeBytes),
  bytes: 0,
  tcpFlags: 0,
});

const ipv6HeaderSizeBytes = 40;
/** Hop-by-hop, routing, destination options; fragments are told apart. */
const extensionHeaders: ReadonlySet<number> = new Set([0, 43, 60, 135]);
const fragmentHeader = 44;
const extensionCountMax = 8;

/** Reads `bytes[at .. end)`; false when it is not TCP or UDP, is no first fragment, or is cut before the ports. */
export function readPacketHeaders(
  headers: PacketHeaders,
  bytes: Uint8Array,
  at: number,
  end: number,
): boolean {
  const version = (bytes[at] ?? 0) >> 4;
  if (version === 4) return readIpv4(headers, bytes, at, end);
  return version === 6 && readIpv6(headers, bytes, at, end);
}

function readIpv4(headers: PacketHeaders, bytes: Uint8Array, at: number, end: number): boolean {
  const headerSize = ((bytes[at] ?? 0) & 0xf) * 4;
  if (headerSize < 20 || at + headerSize > end) return false;
  if ((networkUint16(bytes, at + 6) & 0x1fff) !== 0) return false;
  putAddress(headers.tuple, sourceAt, { bytes, offset: at + 12, sizeBytes: 4 });
  putAddress(headers.tuple, destinationAt, { bytes, offset: at + 16, sizeBytes: 4 });
  headers.bytes = networkUint16(bytes, at + 2);
  headers.tuple[protocolAt] = bytes[at + 9] ?? 0;
  return readPorts(headers, bytes, at + headerSize, end);
}

function readIpv6(headers: PacketHeaders, bytes: Uint8Array, at: number, end: number): boolean {
  if (at + ipv6HeaderSizeBytes > end) return false;
  putAddress(headers.tuple, sourceAt, { bytes, offset: at + 8, sizeBytes: 16 });
  putAddress(headers.tuple, destinationAt, { bytes, offset: at + 24, sizeBytes: 16 });
  headers.bytes = ipv6HeaderSizeBytes + networkUint16(bytes, at + 4);
  let next = bytes[at + 6] ?? 0;
  let payloadAt = at + ipv6HeaderSizeBytes;
  for (let count = 0; count < extensionCountMax; count++) {
    if (payloadAt + 8 > end) return false;
    if (extensionHeaders.has(next)) {
      next = bytes[payloadAt] ?? 0;
      payloadAt += ((bytes[payloadAt + 1] ?? 0) + 1) * 8;
    } else if (next === fragmentHeader) {
      if ((networkUint16(bytes, payloadAt + 2) & 0xfff8) !== 0) return false;
      next = bytes[payloadAt] ?? 0;
      payloadAt += 8;
    } else break;
  }
  headers.tuple[protocolAt] = next;
  return readPorts(headers, bytes, payloadAt, end);
}

function readPorts(headers: PacketHeaders, bytes: Uint8Array, at: number, end: number): boolean {
  const { tuple } = headers;
  const protocol = tuple[protocolAt] ?? 0;
  if (!isLoggedProtocol(protocol) || at + 4 > end) return false;
  for (let index = 0; index < 2; index++) {
    tuple[sourcePortAt + index] = bytes[at + index] ?? 0;
    tuple[destinationPortAt + index] = bytes[at + 2 + index] ?? 0;
  }
  headers.tcpFlags = protocol === protocolTcp && at + 14 <= end ? (bytes[at + 13] ?? 0) : 0;
  return true;
}
