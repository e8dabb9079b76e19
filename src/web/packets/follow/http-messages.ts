import { useEffect, useMemo, useSyncExternalStore } from "react";
import type {
  HttpAnswer,
  HttpMessageNode,
  PacketBook,
} from "../../../inspection/browse/packet-book.ts";

/** Messages of one request. */
const pageCount = 25;
/** Messages that are kept; those that were read first are let go. */
const keptCountMax = 200;
/** Of each body that is shown. */
export const shownBytesMax = 65_536;
/** Of a body that is downloaded; the control plane gives no more. */
const downloadBytesMax = 16_777_216;

export interface HttpState extends Pick<HttpAnswer, "otherBytes" | "problem"> {
  messages: readonly HttpMessageNode[];
  /** Messages before these were let go. */
  hasEarlier: boolean;
  hasLater: boolean;
  isReading: boolean;
  error: Error | null;
}

const nothingRead: HttpState = {
  messages: [],
  hasEarlier: false,
  hasLater: true,
  isReading: false,
  otherBytes: 0,
  problem: null,
  error: null,
};

/** The HTTP messages of a stream, read page by page; a bounded number is kept. */
export class HttpMessages {
  readonly #book: PacketBook;
  readonly #stream: number;
  readonly #listeners = new Set<() => void>();
  #next: number | null = 0;
  #state = nothingRead;
  #asking: AbortController | null = null;

  constructor(book: PacketBook, stream: number) {
    this.#book = book;
    this.#stream = stream;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Another object when anything changed. */
  readonly state = (): HttpState => this.#state;

  /** Reads on, unless that is under way or at the end. */
  async later(): Promise<void> {
    if (this.#next === null || this.#asking) return;
    const asking = new AbortController();
    this.#asking = asking;
    this.#tell({ isReading: true, error: null });
    try {
      const question = { from: this.#next, count: pageCount, bodyBytesMax: shownBytesMax };
      const answer = await this.#book.http({ stream: this.#stream, ...question }, asking.signal);
      if (!asking.signal.aborted) this.#take(answer);
    } catch (cause) {
      if (asking.signal.aborted) return;
      const error = cause instanceof Error ? cause : new Error(String(cause));
      this.#tell({ isReading: false, error });
    } finally {
      if (this.#asking === asking) this.#asking = null;
    }
  }

  /** Reads the first messages again. */
  fromStart(): void {
    this.close();
    this.#next = 0;
    this.#state = nothingRead;
    void this.later();
  }

  /** The whole body of a message, as far as one may be had. */
  async body(number: number): Promise<HttpMessageNode | null> {
    const question = { from: number, count: 1, bodyBytesMax: downloadBytesMax };
    const { messages } = await this.#book.http({ stream: this.#stream, ...question });
    return messages[0] ?? null;
  }

  close(): void {
    this.#asking?.abort();
    this.#asking = null;
  }

  #take({ messages, next, otherBytes, problem }: HttpAnswer): void {
    this.#next = next;
    const all = [...this.#state.messages, ...messages];
    const kept = all.slice(-keptCountMax);
    this.#tell({
      messages: kept,
      hasEarlier: (kept[0]?.number ?? 0) > 0,
      hasLater: next !== null,
      isReading: false,
      otherBytes,
      problem,
    });
  }

  #tell(change: Partial<HttpState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** The stream's first messages, and what was read on since. */
export function useHttpMessages(
  book: PacketBook,
  stream: number,
): { messages: HttpMessages; state: HttpState } {
  const messages = useMemo(() => new HttpMessages(book, stream), [book, stream]);
  useEffect(() => {
    void messages.later();
    return () => messages.close();
  }, [messages]);
  return { messages, state: useSyncExternalStore(messages.subscribe, messages.state) };
}
