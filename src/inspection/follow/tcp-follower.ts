import type { Frame } from "../dissect/frame.ts";
import type { PayloadListener, SegmentHeader } from "../dissect/transport/payload-listener.ts";
import { newWaitingBudget, OrderedSide, type WaitingBudget } from "./ordered-side.ts";

const flagSyn = 2;

/** One end of a stream; the address by its number in the capture's table. */
export interface FollowedEnd {
  address: number;
  port: number;
}

/** A stream on its way: both directions, and what takes their bytes. */
interface FollowedStream {
  a: FollowedEnd;
  fromA: OrderedSide;
  fromB: OrderedSide;
}

/** Takes what is put in order. `bytes` is valid during the call only. */
export interface StreamSink {
  /** The first segment of a stream; `a` sent it. False: this stream is not wanted. */
  open(stream: number, frame: Frame): boolean;
  bytes(stream: number, fromA: boolean, bytes: Uint8Array): void;
}

/** Puts together the payload of TCP streams from their segments. */
export class TcpFollower implements PayloadListener {
  readonly budget: WaitingBudget = newWaitingBudget();
  readonly #sink: StreamSink;
  /** Null: not wanted, or closed. */
  readonly #streams = new Map<number, FollowedStream | null>();
  readonly #closed = new Set<number>();
  #lateSegments = 0;

  constructor(sink: StreamSink) {
    this.#sink = sink;
  }

  /** Segments with payload of streams that had been closed. */
  get lateSegments(): number {
    return this.#lateSegments;
  }

  segment(frame: Frame, at: number, stream: number, header: SegmentHeader): void {
    let followed = this.#streams.get(stream);
    if (followed === undefined) {
      followed = this.#sink.open(stream, frame) ? this.#open(frame, stream) : null;
      this.#streams.set(stream, followed);
    }
    if (!followed) {
      if (header.length > 0 && this.#closed.has(stream)) this.#lateSegments++;
      return;
    }
    const isFromA =
      frame.ends.source === followed.a.address && frame.ends.sourcePort === followed.a.port;
    const [forward, reverse] = isFromA
      ? [followed.fromA, followed.fromB]
      : [followed.fromB, followed.fromA];
    reverse.acknowledge(header.ack >>> 0);
    const isSyn = (header.flags & flagSyn) !== 0;
    if (isSyn) forward.synchronize(header.sequence >>> 0);
    const sequence = (header.sequence + (isSyn ? 1 : 0)) >>> 0;
    const end = Math.min(frame.capturedEnd, at + header.length);
    forward.add(sequence, header.length, frame.bytes.subarray(at, Math.max(at, end)));
  }

  datagram(): void {
    // Only streams are followed.
  }

  /** Lets go of a stream; what still comes of it is only counted. */
  close(stream: number): void {
    const followed = this.#streams.get(stream);
    if (!followed) return;
    followed.fromA.end();
    followed.fromB.end();
    this.#closed.add(stream);
    this.#streams.set(stream, null);
  }

  #open(frame: Frame, stream: number): FollowedStream {
    const { ends } = frame;
    const side = (fromA: boolean): OrderedSide =>
      new OrderedSide(this.budget, (bytes) => this.#sink.bytes(stream, fromA, bytes));
    return {
      a: { address: ends.source, port: ends.sourcePort },
      fromA: side(true),
      fromB: side(false),
    };
  }
}
