import { streamWord } from "../../analysis/tcp-row.ts";
import type { TcpStreams } from "../../analysis/tcp-streams.ts";
import { PendingSide } from "./pending-side.ts";
import type { StreamConversation } from "./stream.ts";

/** What dissection keeps of one stream, messages that span segments included. */
export interface Conversation extends StreamConversation {
  a: PendingSide | null;
  b: PendingSide | null;
}

/** The conversations of a capture; a stream has one when something of it must be remembered. */
export class Conversations {
  readonly #streams: TcpStreams;
  /** The first is of streams that have none: a look-up of -1 would cost far more. */
  readonly #kept: (Conversation | null)[] = [null];

  constructor(streams: TcpStreams) {
    this.#streams = streams;
  }

  /** That of the segment being dissected, null when it has none. */
  find(): Conversation | null {
    const { rows, row } = this.#streams.sides;
    return this.#kept[rows[row + streamWord.conversation] ?? 0] ?? null;
  }

  /** That of the segment being dissected. */
  open(stream: number): Conversation {
    const found = this.find();
    if (found) return found;
    const conversation = { stream, dissector: null, states: null, a: null, b: null };
    const { rows, row } = this.#streams.sides;
    rows[row + streamWord.conversation] = this.#kept.push(conversation) - 1;
    return conversation;
  }
}

/** What the direction of a segment has of unfinished messages. */
export function sideOf(conversation: Conversation, fromA: boolean): PendingSide {
  return fromA ? (conversation.a ??= new PendingSide()) : (conversation.b ??= new PendingSide());
}
