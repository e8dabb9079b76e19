import { TcpStreamState, type TcpFlow } from "../analysis/tcp-flow.ts";
import type { Frame } from "./frame.ts";

/** What a dissector of a byte stream wants before it can go on. */
export const streamNeed = {
  nothing: 0,
  /** `needSize` bytes more than there are. */
  bytes: 1,
  /** Whatever the next segment brings. */
  anotherSegment: 2,
  /** Everything up to the end of the connection. */
  untilFin: 3,
} as const;
export type StreamNeed = (typeof streamNeed)[keyof typeof streamNeed];

/** The piece of a stream to dissect, and the answer; reused. */
export interface StreamPiece {
  bytes: Uint8Array;
  at: number;
  /** Bytes that are there end here. */
  end: number;
  /** Bytes that were sent end here; beyond `end` they are not kept, only counted. */
  reportedEnd: number;
  /** False when the piece can not be continued: take it as it is. */
  canContinue: boolean;
  stream: TcpStreamState;
  flow: TcpFlow;
  /** The answer: where the unfinished message begins, and what it needs. */
  need: StreamNeed;
  needFrom: number;
  needSize: number;
}

/** A piece that is of no stream yet. */
export function newStreamPiece(): StreamPiece {
  const nowhere = { address: -1, port: 0 };
  const stream = new TcpStreamState(-1, nowhere, nowhere);
  return {
    bytes: new Uint8Array(0),
    at: 0,
    end: 0,
    reportedEnd: 0,
    canContinue: false,
    stream,
    flow: stream.fromA,
    need: streamNeed.nothing,
    needFrom: 0,
    needSize: 0,
  };
}

/** Dissects messages of a TCP stream. */
export interface StreamDissector {
  readonly name: string;
  /** True when bytes of any stream look like this protocol's. */
  recognizes(bytes: Uint8Array, at: number, end: number): boolean;
  /** Enters what is complete and says in the piece what is not. False: these bytes are not its own. */
  dissect(frame: Frame, piece: StreamPiece): boolean;
}

export function askFor(piece: StreamPiece, need: StreamNeed, from: number, size = 0): void {
  piece.need = need;
  piece.needFrom = from;
  piece.needSize = size;
}
