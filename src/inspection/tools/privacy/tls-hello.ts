import { uint16, uint24, uint32 } from "../../file/bytes.ts";
import type { TrimState } from "./trim-state.ts";

/** Hellos of which more is to come; of more, the oldest is given up and cut. */
const pendingCountMax = 1_024;
const recordSizeMax = 16_384;
const recordHeaderSizeBytes = 5;
const messageHeaderSizeBytes = 4;

/** Finds the hellos of TLS by what they are, also when one goes over several segments. */
export class HelloTable {
  readonly #pending = new Map<number, { sequence: number; left: number }>();

  /** Where what belongs to a hello ends, of the payload of the segment whose header is at `tcpAt`. */
  endOf(state: TrimState, tcpAt: number, payload: number, end: number): number {
    const size = endOfHello(state.bytes, payload, end) - payload;
    const sequence = uint32(state.bytes, tcpAt + 4);
    if (size > 0) return this.#keep(flowOf(state, tcpAt), sequence, size, payload, end);
    if (this.#pending.size === 0) return payload;
    const flow = flowOf(state, tcpAt);
    const pending = this.#pending.get(flow);
    if (!pending || pending.sequence !== sequence) return payload;
    this.#pending.delete(flow);
    return this.#keep(flow, sequence, pending.left, payload, end);
  }

  #keep(flow: number, sequence: number, size: number, payload: number, end: number): number {
    const here = Math.min(size, end - payload);
    if (here < size) {
      if (this.#pending.size >= pendingCountMax) {
        for (const oldest of this.#pending.keys()) {
          this.#pending.delete(oldest);
          break;
        }
      }
      this.#pending.set(flow, { sequence: (sequence + here) >>> 0, left: size - here });
    }
    return payload + here;
  }
}

/** Where a hello ends that begins here, also beyond `end`; `at` when none does (RFC 8446, 4.1 and 5.1). */
function endOfHello(bytes: Uint8Array, at: number, end: number): number {
  if (end - at < recordHeaderSizeBytes + messageHeaderSizeBytes + 2) return at;
  const recordSize = uint16(bytes, at + 3);
  const type = bytes[at + recordHeaderSizeBytes];
  const messageSize = uint24(bytes, at + recordHeaderSizeBytes + 1);
  const isRecord = bytes[at] === 22 && bytes[at + 1] === 3 && (bytes[at + 2] ?? 0) <= 4;
  const isHello = (type === 1 || type === 2) && bytes[at + 9] === 3 && (bytes[at + 10] ?? 0) <= 4;
  if (!isRecord || !isHello || recordSize > recordSizeMax || messageSize > recordSizeMax) return at;
  return at + recordHeaderSizeBytes + Math.min(recordSize, messageHeaderSizeBytes + messageSize);
}

/** A number for both addresses and ports, of 53 bits. */
function flowOf({ bytes, addressesAt, addressesSize }: TrimState, tcpAt: number): number {
  let one = 0x811c_9dc5;
  let other = 0x1234_5678;
  const take = (byte: number): void => {
    one = Math.imul(one ^ byte, 0x0100_0193);
    other = Math.imul(other ^ byte, 0x5bd1_e995) ^ (other >>> 13);
  };
  for (let index = 0; index < addressesSize; index++) take(bytes[addressesAt + index] ?? 0);
  for (let index = 0; index < 4; index++) take(bytes[tcpAt + index] ?? 0);
  return (one >>> 0) * 0x20_0000 + ((other >>> 0) & 0x1f_ffff);
}
