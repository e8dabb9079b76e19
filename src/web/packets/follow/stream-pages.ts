import type {
  FollowAnswer,
  FollowPiece,
  PacketBook,
  StreamName,
} from "../../../inspection/browse/packet-book.ts";
import { bytesOf } from "../details/bytes.ts";

/** Payload of one request. */
const pageSizeBytesMax = 128 * 1024;
/** Pages that are kept, 1 MiB; those at the other end of what is read are let go. */
const pageCountMax = 8;

/** Some bytes of one side, and where they stand among all of that side. */
export interface StreamPiece {
  /** The same as long as the stream is. */
  key: string;
  side: "a" | "b";
  frame: number;
  time: string | null;
  base64: string;
  bytes: Uint8Array;
  /** Bytes of the side before these. */
  offset: number;
}

interface Start {
  from: number;
  a: number;
  b: number;
}

interface Page {
  start: Start;
  pieces: readonly StreamPiece[];
}

export interface StreamState {
  ends: Pick<FollowAnswer, "a" | "b"> | null;
  pieces: readonly StreamPiece[];
  hasEarlier: boolean;
  hasLater: boolean;
  isReading: boolean;
  problem: string | null;
  error: Error | null;
}

const nothingRead: StreamState = {
  ends: null,
  pieces: [],
  hasEarlier: false,
  hasLater: true,
  isReading: false,
  problem: null,
  error: null,
};

/** A stream that is read page by page, of which a bounded part is kept. */
export class StreamPages {
  readonly #book: PacketBook;
  readonly #name: StreamName;
  readonly #listeners = new Set<() => void>();
  /** Where each page begins that was met so far, and last the one that comes next. */
  #starts: Start[] = [{ from: 0, a: 0, b: 0 }];
  /** Which of `#starts` the first kept page is. */
  #first = 0;
  #pages: Page[] = [];
  #state = nothingRead;
  #asking: AbortController | null = null;

  constructor(book: PacketBook, name: StreamName) {
    this.#book = book;
    this.#name = name;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Another object when anything changed. */
  readonly state = (): StreamState => this.#state;

  /** Reads on, unless that is under way or at the end. */
  async later(): Promise<void> {
    const start = this.#starts[this.#first + this.#pages.length];
    if (!start || this.#asking) return;
    const answer = await this.#ask(start);
    if (!answer) return;
    const page = pageOf(start, answer.pieces);
    this.#pages.push(page);
    if (answer.next !== null && this.#starts.at(-1) === start)
      this.#starts.push(startAfter(page, answer.next));
    if (this.#pages.length > pageCountMax) {
      this.#pages.shift();
      this.#first++;
    }
    this.#show(answer);
  }

  /** Reads the page again that was let go before those that are kept. */
  async earlier(): Promise<void> {
    const start = this.#starts[this.#first - 1];
    if (!start || this.#asking) return;
    const answer = await this.#ask(start);
    if (!answer) return;
    this.#pages.unshift(pageOf(start, answer.pieces));
    this.#first--;
    if (this.#pages.length > pageCountMax) this.#pages.pop();
    this.#show(answer);
  }

  close(): void {
    this.#asking?.abort();
    this.#asking = null;
  }

  async #ask({ from }: Start): Promise<FollowAnswer | null> {
    const asking = new AbortController();
    this.#asking = asking;
    this.#tell({ isReading: true, error: null });
    try {
      const question = { ...this.#name, from, bytesMax: pageSizeBytesMax };
      const answer = await this.#book.follow(question, asking.signal);
      return asking.signal.aborted ? null : answer;
    } catch (cause) {
      if (asking.signal.aborted) return null;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.#tell({ isReading: false, error, hasLater: false });
      return null;
    } finally {
      if (this.#asking === asking) this.#asking = null;
    }
  }

  #show({ a, b, problem }: FollowAnswer): void {
    this.#tell({
      ends: { a, b },
      problem,
      isReading: false,
      pieces: this.#pages.flatMap(({ pieces }) => pieces),
      hasEarlier: this.#first > 0,
      hasLater: this.#first + this.#pages.length < this.#starts.length,
    });
  }

  #tell(change: Partial<StreamState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function pageOf(start: Start, pieces: readonly FollowPiece[]): Page {
  const offsets = { a: start.a, b: start.b };
  return {
    start,
    pieces: pieces.map(({ side, frame, time, base64 }, at): StreamPiece => {
      const bytes = bytesOf(base64);
      const offset = offsets[side];
      offsets[side] += bytes.length;
      return { key: `${start.from}.${at}`, side, frame, time, base64, bytes, offset };
    }),
  };
}

function startAfter({ start, pieces }: Page, from: number): Start {
  const next = { ...start, from };
  for (const { side, bytes } of pieces) next[side] += bytes.length;
  return next;
}
