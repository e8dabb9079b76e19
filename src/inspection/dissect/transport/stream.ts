import type { Frame } from "../frame.ts";

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

/** What dissection remembers of one TCP stream. */
export interface StreamConversation {
  /** Number of the stream, as `tcp.stream`; -1 where there is none. */
  readonly stream: number;
  /** The protocol that the stream's content showed. */
  dissector: StreamDissector | null;
  /** What dissectors keep; see `streamState`. Null while there is nothing. */
  states: KeptState | null;
}

/** What one dissector keeps of a stream, and the next one's: most streams have one, and no list is made for it. */
interface KeptState {
  owner: object;
  state: unknown;
  next: KeptState | null;
}

/** The piece of a stream to dissect, and the answer; reused. */
export class StreamPiece {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  /** Bytes that are there end here. */
  end = 0;
  /** Bytes that were sent end here; beyond `end` they are not kept, only counted. */
  reportedEnd = 0;
  /** False when the piece can not be continued: take it as it is. */
  canContinue = false;
  /** Number of the stream, as `tcp.stream`. */
  stream = -1;
  /** True when the sender of the stream's first frame sent it. */
  fromA = true;
  /** The answer: where the unfinished message begins, and what it needs. */
  need: StreamNeed = streamNeed.nothing;
  needFrom = 0;
  needSize = 0;
  /** Protocols that show in each segment anew, outside of what is put together. */
  wrapperCount = 0;
  readonly #conversationOf: (stream: number) => StreamConversation;

  constructor(conversationOf: (stream: number) => StreamConversation) {
    this.#conversationOf = conversationOf;
  }

  /** What is remembered of the stream; made when first asked for, since most streams need none. */
  get conversation(): StreamConversation {
    return this.#conversationOf(this.stream);
  }
}

/** Dissects messages of a TCP stream. */
export interface StreamDissector {
  readonly name: string;
  /** Whether what came before it showed itself is its own too, but text; see `EarlyFrames`. */
  readonly ownsEarlierFrames?: boolean;
  /** True when bytes of any stream look like this protocol's. */
  recognizes(bytes: Uint8Array, at: number, end: number): boolean;
  /** Enters what is complete and says in the piece what is not. False: these bytes are not its own. */
  dissect(frame: Frame, piece: StreamPiece): boolean;
}

/** State that one dissector keeps of each stream: the function finds it, or makes it at the first call. */
export function streamState<State>(make: () => State): (piece: StreamPiece) => State {
  const owner = {};
  return ({ conversation }) => {
    for (let kept = conversation.states; kept !== null; kept = kept.next)
      if (kept.owner === owner) return kept.state as State;
    const state = make();
    conversation.states = { owner, state, next: conversation.states };
    return state;
  };
}

/** For protocols that only their port tells: no payload is taken for theirs. */
export const recognizesNothing = (): boolean => false;

export function askFor(piece: StreamPiece, need: StreamNeed, from: number, size = 0): void {
  piece.need = need;
  piece.needFrom = from;
  piece.needSize = size;
}
