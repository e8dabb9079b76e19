// Netlink messages and their attributes, in place (RFC 3549, 2.3; netlink(7)).
import { uint16, uint32 } from "./bytes.ts";

export const headerSizeBytes = 16;
/** nfgenmsg: family, version, resource id. */
export const netfilterHeaderSizeBytes = 4;
export const attributeHeaderSizeBytes = 4;

export const messageType = { error: 2, done: 3 } as const;
export const messageFlag = {
  request: 0x1,
  multi: 0x2,
  acknowledge: 0x4,
  /** The table changed while it was being listed: the list may lack some or have some twice. */
  dumpInterrupted: 0x10,
  dump: 0x300,
} as const;

/** One message: `bytes[payloadAt .. end)` is what follows its header. Reused; valid until the next. */
export interface NetlinkMessage {
  type: number;
  flags: number;
  sequence: number;
  payloadAt: number;
  end: number;
}

const align = (sizeBytes: number): number => (sizeBytes + 3) & ~3;

/** Shows each whole message of a datagram; false when its lengths lie or bytes are left over. */
export function visitMessages(
  bytes: Uint8Array,
  sizeBytes: number,
  visit: (message: NetlinkMessage) => void,
): boolean {
  const message: NetlinkMessage = { type: 0, flags: 0, sequence: 0, payloadAt: 0, end: 0 };
  let at = 0;
  while (at + headerSizeBytes <= sizeBytes) {
    const length = uint32(bytes, at);
    if (length < headerSizeBytes || at + length > sizeBytes) return false;
    message.type = uint16(bytes, at + 4);
    message.flags = uint16(bytes, at + 6);
    message.sequence = uint32(bytes, at + 8);
    message.payloadAt = at + headerSizeBytes;
    message.end = at + length;
    visit(message);
    at += align(length);
  }
  return at >= sizeBytes;
}

/** Errno of an error message, positive; 0 is an acknowledgement. */
export function errorOf(bytes: Uint8Array, { payloadAt, end }: NetlinkMessage): number {
  return payloadAt + 4 > end ? 0 : 0 - (uint32(bytes, payloadAt) | 0);
}

/** NLA_F_NESTED and NLA_F_NET_BYTEORDER are not part of the type. */
const attributeTypeMask = 0x3fff;

/** Walks the attributes of `bytes[at .. end)`; `next` is false after the last, or where lengths lie. */
export class AttributeWalk {
  #bytes: Uint8Array;
  #next: number;
  #end: number;
  type = 0;
  valueAt = 0;
  valueEnd = 0;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes;
    this.#next = at;
    this.#end = end;
  }

  /** Starts again elsewhere, so that one walk serves many messages. */
  over(bytes: Uint8Array, at: number, end: number): this {
    this.#bytes = bytes;
    this.#next = at;
    this.#end = end;
    return this;
  }

  next(): boolean {
    const at = this.#next;
    if (at + attributeHeaderSizeBytes > this.#end) return false;
    const length = uint16(this.#bytes, at);
    if (length < attributeHeaderSizeBytes || at + length > this.#end) return false;
    this.type = uint16(this.#bytes, at + 2) & attributeTypeMask;
    this.valueAt = at + attributeHeaderSizeBytes;
    this.valueEnd = at + length;
    this.#next = at + align(length);
    return true;
  }

  get sizeBytes(): number {
    return this.valueEnd - this.valueAt;
  }
}

export interface RequestOptions {
  /** Subsystem in the high byte, message in the low one. */
  type: number;
  flags: number;
  sequence: number;
  family: number;
  /** A group's number in NFLOG, else 0. */
  resource: number;
  attributes?: readonly Uint8Array[];
}

/** A whole netfilter request. */
export function netfilterRequest(options: RequestOptions): Uint8Array {
  const parts = options.attributes ?? [];
  const size =
    headerSizeBytes + netfilterHeaderSizeBytes + parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, size, true);
  view.setUint16(4, options.type, true);
  view.setUint16(6, messageFlag.request | options.flags, true);
  view.setUint32(8, options.sequence, true);
  view.setUint8(16, options.family);
  view.setUint16(18, options.resource, false);
  let at = headerSizeBytes + netfilterHeaderSizeBytes;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** One attribute with its padding; the value of a nested one is its attributes, joined. */
export function attribute(type: number, value: readonly number[] | Uint8Array): Uint8Array {
  const bytes = new Uint8Array(align(attributeHeaderSizeBytes + value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, attributeHeaderSizeBytes + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, attributeHeaderSizeBytes);
  return bytes;
}

/** A number of four bytes in network order. */
export const networkBytes32 = (value: number): number[] => [
  (value >>> 24) & 0xff,
  (value >>> 16) & 0xff,
  (value >>> 8) & 0xff,
  value & 0xff,
];
