import type { Frame } from "../frame.ts";

/** What of a TCP segment's header puts streams together. */
export interface SegmentHeader {
  /** 32 bits, of either sign. */
  readonly sequence: number;
  readonly ack: number;
  readonly flags: number;
  /** Payload bytes that were sent; more than are there when the frame was cut while recording. */
  readonly length: number;
}

/** Told of transport payloads as they pass, in the order of the frames; follows streams. */
export interface PayloadListener {
  /** A segment of the stream numbered `stream`, its payload at `at`; `frame.ends` says its direction. */
  segment(frame: Frame, at: number, stream: number, header: SegmentHeader): void;
  /** A datagram of the conversation `frame.udpStream`, its payload at `at`. */
  datagram(frame: Frame, at: number): void;
}
