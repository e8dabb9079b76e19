import type { Frame } from "../dissect/frame.ts";
import type { PayloadListener } from "../dissect/transport/payload-listener.ts";
import { toNanoseconds } from "../file/time.ts";
import type { Endpoint } from "../inspection.ts";
import type { FollowResult } from "./digest-streams.ts";
import { DissectedCapture, type DissectOptions } from "./dissected-capture.ts";
import { TcpFollower, type StreamSink } from "./tcp-follower.ts";

/** A stream of a capture by its number, as `tcp.stream` and `udp.stream` have it. */
export interface StreamChoice {
  protocol: "tcp" | "udp";
  stream: number;
}

/** Some bytes of a stream in their order, and the frame with which they became readable. */
export interface FollowedPiece {
  /** The sender: `a` sent the stream's first frame. */
  side: "a" | "b";
  frame: number;
  timeNanoseconds: bigint;
  bytes: Uint8Array;
}

/** What is known of a stream before its bytes. */
export interface FollowedEnds {
  a: Endpoint;
  b: Endpoint;
}

export interface FollowOptions extends DissectOptions {
  /** Called when the stream's first frame is met; not at all when there is none. */
  onStream?: (ends: FollowedEnds) => void;
}

/** The payload of one stream, both directions, piece by piece in the order in which it became readable. */
export async function* followStream(
  source: AsyncIterable<Uint8Array>,
  choice: StreamChoice,
  options: FollowOptions = {},
): AsyncGenerator<FollowedPiece, FollowResult> {
  const capture = new DissectedCapture(source, options);
  const pieces: FollowedPiece[] = [];
  const met = (): void => options.onStream?.(endsOf(capture));
  const collector = new PieceCollector(choice.stream, capture.frame, { pieces, met });
  const tcp = new TcpFollower(collector);
  capture.frame.payloadListener = choice.protocol === "tcp" ? tcp : udpFollower(collector);
  for await (const _ of capture.run()) yield* pieces.splice(0);
  return { problem: capture.problem, overflow: { gaps: tcp.budget.overflow, segments: 0 } };
}

function endsOf({ frame, analyses }: DissectedCapture): FollowedEnds {
  const { source, sourcePort, destination, destinationPort } = frame.ends;
  return {
    a: { address: analyses.addresses.text(source), port: sourcePort },
    b: { address: analyses.addresses.text(destination), port: destinationPort },
  };
}

/** Gathers the bytes of one stream until they are handed on. */
class PieceCollector implements StreamSink {
  readonly #stream: number;
  readonly #frame: Frame;
  readonly #to: { pieces: FollowedPiece[]; met: () => void };

  constructor(stream: number, frame: Frame, to: { pieces: FollowedPiece[]; met: () => void }) {
    this.#stream = stream;
    this.#frame = frame;
    this.#to = to;
  }

  open(stream: number): boolean {
    if (stream !== this.#stream) return false;
    this.#to.met();
    return true;
  }

  bytes(_stream: number, fromA: boolean, bytes: Uint8Array): void {
    this.#to.pieces.push({
      side: fromA ? "a" : "b",
      frame: this.#frame.number,
      timeNanoseconds: toNanoseconds(this.#frame),
      bytes: bytes.slice(),
    });
  }
}

/** Datagrams are in order as they are; each is a piece. */
export function udpFollower(sink: StreamSink): PayloadListener {
  let a: { address: number; port: number } | null = null;
  let wanted = -1;
  return {
    segment: () => undefined,
    datagram(frame, at) {
      if (frame.inError || frame.udpStream < 0) return;
      if (!a && sink.open(frame.udpStream, frame)) {
        wanted = frame.udpStream;
        a = { address: frame.ends.source, port: frame.ends.sourcePort };
      }
      if (!a || frame.udpStream !== wanted || at >= frame.capturedEnd) return;
      const fromA = frame.ends.source === a.address && frame.ends.sourcePort === a.port;
      sink.bytes(wanted, fromA, frame.bytes.subarray(at, frame.capturedEnd));
    },
  };
}
