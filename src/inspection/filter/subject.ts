import type { Frame, Layer } from "../dissect/frame.ts";

/** What a filter is asked about: a dissected packet. */
export interface Subject {
  readonly frame: Frame;
  /** The packet itself, for the fields of `frame`. */
  readonly packet: FrameLayer;
}

/** The layer around all others: the packet as it was recorded, and what is known of it. */
export interface FrameLayer extends Layer {
  number: number;
  /** Lengths in bytes, on the wire and in the file. */
  wireLength: number;
  capturedLength: number;
  hasTime: boolean;
  /** Nanoseconds since the epoch, of this packet, the one before it, and the first. */
  time: bigint;
  previousTime: bigint | null;
  firstTime: bigint | null;
  interfaceIndex: number;
  linkType: number;
  comments: readonly string[];
  /** The names of all layers, from the outside in. */
  protocols(): readonly string[];
}
