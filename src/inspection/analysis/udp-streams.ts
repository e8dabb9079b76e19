import type { Addresses } from "./addresses.ts";
import type { Ends } from "./ends.ts";
import { addressNumber } from "./flow-ends.ts";
import { bytesAt, countAt, flowWord, FlowTable, flowWords, type FlowFrame } from "./flow-table.ts";

const streamCountMax = 2_000_000;

/** Words of one UDP stream after those of every flow: what A sent and what B sent (`countAt`). */
export const udpWord = { countsA: flowWords, countsB: flowWords + 3 } as const;
const rowWords = flowWords + 6;

/** One UDP stream: addresses by their numbers, `a` the sender of its first datagram. */
export interface UdpStream {
  a: number;
  aPort: number;
  b: number;
  bPort: number;
  framesAToB: number;
  bytesAToB: number;
  framesBToA: number;
  bytesBToA: number;
}

/** All UDP streams of a capture, numbered as `udp.stream` numbers them. */
export class UdpStreams {
  readonly flows = new FlowTable(rowWords, streamCountMax);

  get count(): number {
    return this.flows.count;
  }

  get overflow(): number {
    return this.flows.overflow;
  }

  /** The stream of a datagram, -1 when there are too many. */
  locate(ends: Ends, frame: FlowFrame): number {
    return this.flows.locate(ends, frame);
  }

  /** Counts the frame of the datagram just located. */
  countFrame(frame: FlowFrame & { wireLength: number }): void {
    const { rows, row, isFromA } = this.flows;
    countAt(rows, row + (isFromA ? udpWord.countsA : udpWord.countsB), frame.wireLength);
    this.flows.touch(frame);
  }

  /** One stream by its number; addresses by theirs. */
  get(stream: number, addresses: Addresses): UdpStream {
    this.flows.select(stream);
    const { rows, row } = this.flows;
    const ports = rows[row + flowWord.ports] ?? 0;
    return {
      a: addressNumber(rows, row, flowWord.keyA, addresses),
      aPort: ports >>> 16,
      b: addressNumber(rows, row, flowWord.keyB, addresses),
      bPort: ports & 0xffff,
      framesAToB: rows[row + udpWord.countsA] ?? 0,
      bytesAToB: bytesAt(rows, row + udpWord.countsA),
      framesBToA: rows[row + udpWord.countsB] ?? 0,
      bytesBToA: bytesAt(rows, row + udpWord.countsB),
    };
  }

  totalBytes(stream: number): number {
    this.flows.select(stream);
    const { rows, row } = this.flows;
    return bytesAt(rows, row + udpWord.countsA) + bytesAt(rows, row + udpWord.countsB);
  }
}
