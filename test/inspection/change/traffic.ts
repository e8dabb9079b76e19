// Traffic written by hand: packets with times, in a capture whose truth is known.
import { parseAddress } from "../../../src/inspection/findings/network.ts";

/** The moment that the tests ask about; a whole second. */
export const moment = Date.UTC(2026, 10, 21, 1, 58, 16);
export const host = "10.0.0.5";
export const resolver = "10.0.0.1";

export interface End {
  address: string;
  port: number;
}

interface Packet {
  /** Milliseconds after the moment. */
  time: number;
  bytes: Uint8Array;
}

export const flag = { fin: 1, syn: 2, rst: 4, push: 8, ack: 16 } as const;

/** Collects packets in any order; the capture has them by time. */
export class Traffic {
  readonly #packets: Packet[] = [];
  #nextPort = 40_000;

  get packetCount(): number {
    return this.#packets.length;
  }

  port(): number {
    this.#nextPort = this.#nextPort >= 60_999 ? 40_000 : this.#nextPort + 1;
    return this.#nextPort;
  }

  add(time: number, bytes: Uint8Array): void {
    this.#packets.push({ time, bytes });
  }

  udp(time: number, from: End, to: End, payload: Uint8Array): void {
    const header = new DataView(new ArrayBuffer(8));
    header.setUint16(0, from.port);
    header.setUint16(2, to.port);
    header.setUint16(4, 8 + payload.length);
    this.add(time, frame(from, to, 17, Buffer.concat([Buffer.from(header.buffer), payload])));
  }

  tcp(time: number, from: End, to: End, segment: Segment): void {
    const header = new DataView(new ArrayBuffer(20));
    header.setUint16(0, from.port);
    header.setUint16(2, to.port);
    header.setUint32(4, segment.sequence);
    header.setUint32(8, segment.ack);
    header.setUint8(12, 5 << 4);
    header.setUint8(13, segment.flags);
    header.setUint16(14, segment.window ?? 60_000);
    const payload = segment.payload ?? new Uint8Array(0);
    this.add(time, frame(from, to, 6, Buffer.concat([Buffer.from(header.buffer), payload])));
  }

  /** A pcap file with nanoseconds. */
  pcap(): Uint8Array {
    const header = Buffer.alloc(24);
    header.writeUInt32LE(0xa1b23c4d, 0);
    header.writeUInt16LE(2, 4);
    header.writeUInt16LE(4, 6);
    header.writeUInt32LE(262_144, 16);
    header.writeUInt32LE(1, 20);
    const parts: Uint8Array[] = [header];
    const sorted = this.#packets.toSorted((one, other) => one.time - other.time);
    for (const { time, bytes } of sorted) parts.push(recordHeader(time, bytes.length), bytes);
    return new Uint8Array(Buffer.concat(parts));
  }

  /** The same in the order in which the packets were added, as after a clock was set. */
  unsortedPcap(): Uint8Array {
    const whole = new Traffic();
    const sorted = whole.pcap();
    const parts: Uint8Array[] = [sorted];
    for (const { time, bytes } of this.#packets)
      parts.push(recordHeader(time, bytes.length), bytes);
    return new Uint8Array(Buffer.concat(parts));
  }
}

function recordHeader(time: number, length: number): Buffer {
  const record = Buffer.alloc(16);
  // The moment is a whole second.
  const seconds = Math.floor(time / 1_000);
  record.writeUInt32LE((moment / 1_000 + seconds) >>> 0, 0);
  record.writeUInt32LE(Math.floor((time - seconds * 1_000) * 1e6), 4);
  record.writeUInt32LE(length, 8);
  record.writeUInt32LE(length, 12);
  return record;
}

export interface Segment {
  sequence: number;
  ack: number;
  flags: number;
  window?: number;
  payload?: Uint8Array;
}

function frame(from: End, to: End, protocol: number, payload: Uint8Array): Uint8Array {
  const source = parseAddress(from.address);
  const destination = parseAddress(to.address);
  if (!source || !destination) throw new Error("no address");
  const ethernet = Buffer.from("020000000002020000000001", "hex");
  if (source.version === 6) {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(0x60000000, 0);
    head.writeUInt16BE(payload.length, 4);
    head[6] = protocol;
    head[7] = 64;
    const addresses = [bigBytes(source.bits, 16), bigBytes(destination.bits, 16)];
    return Buffer.concat([ethernet, Buffer.from("86dd", "hex"), head, ...addresses, payload]);
  }
  const head = Buffer.alloc(12);
  head[0] = 0x45;
  head.writeUInt16BE(20 + payload.length, 2);
  head[8] = 64;
  head[9] = protocol;
  const addresses = [bigBytes(source.bits, 4), bigBytes(destination.bits, 4)];
  return Buffer.concat([ethernet, Buffer.from("0800", "hex"), head, ...addresses, payload]);
}

const bigBytes = (bits: bigint, size: number): Buffer =>
  Buffer.from(bits.toString(16).padStart(size * 2, "0"), "hex");

/** Pseudo-random numbers that are the same each time (a linear congruence). */
export function numbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 4_294_967_296) * limit);
  };
}
