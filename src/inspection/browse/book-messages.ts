// A book at the other end of messages: the page's worker, or a thread of the control plane.
import { FilterError } from "../filter/filter-error.ts";
import { InspectionError, type InspectionErrorCode } from "../inspection-error.ts";
import type { OpenBook } from "./open-book.ts";
import type {
  FollowAnswer,
  FollowQuestion,
  HttpAnswer,
  HttpQuestion,
  PacketBook,
  PacketDetail,
  RowsAnswer,
  RowsQuestion,
} from "./packet-book.ts";

/** Questions that wait for their answers; further ones are refused. */
const questionCountMax = 256;

type BookQuestion =
  | { kind: "rows"; question: RowsQuestion }
  | { kind: "packet"; number: number }
  | { kind: "follow"; question: FollowQuestion }
  | { kind: "http"; question: HttpQuestion };

type BookAnswer = RowsAnswer | PacketDetail | FollowAnswer | HttpAnswer;

export type BookRequest = { id: number } & (BookQuestion | { kind: "abort" });

export type BookReply = { id: number } & (
  | { kind: "done"; answer: BookAnswer }
  | { kind: "failed"; failure: BookFailure }
);

/** An error as a message can carry it. */
export interface BookFailure {
  message: string;
  code: InspectionErrorCode | null;
  /** Of a display filter that cannot be used: where. */
  place: { start: number; end: number } | null;
}

export function bookFailure(error: unknown): BookFailure {
  const message = error instanceof Error ? error.message : String(error);
  const place = error instanceof FilterError ? { start: error.start, end: error.end } : null;
  return { message, code: error instanceof InspectionError ? error.code : null, place };
}

/** The error that a message tells of. */
export function errorOf({ message, code, place }: BookFailure): Error {
  if (place) return new FilterError(message, place);
  return code === null ? new Error(message) : new InspectionError(code, message);
}

/** Answers requests from a book that may still be opening. */
export class BookServer {
  readonly #book: Promise<OpenBook>;
  readonly #post: (reply: BookReply) => void;
  readonly #asked = new Map<number, AbortController>();

  constructor(book: Promise<OpenBook>, post: (reply: BookReply) => void) {
    this.#book = book;
    this.#post = post;
  }

  hear(request: BookRequest): void {
    const { id } = request;
    if (request.kind === "abort") {
      this.#asked.get(id)?.abort();
      return;
    }
    if (this.#asked.size >= questionCountMax) {
      const failure = bookFailure(new Error("too many questions wait for their answers"));
      this.#post({ id, kind: "failed", failure });
      return;
    }
    const asked = new AbortController();
    this.#asked.set(id, asked);
    this.#answer(request, asked.signal)
      .then(
        (answer) => this.#post({ id, kind: "done", answer }),
        (error: unknown) => this.#post({ id, kind: "failed", failure: bookFailure(error) }),
      )
      .finally(() => this.#asked.delete(id));
  }

  async #answer(request: BookQuestion, signal: AbortSignal): Promise<BookAnswer> {
    const book = await this.#book;
    signal.throwIfAborted();
    if (request.kind === "rows") return book.rows(request.question, signal);
    if (request.kind === "packet") return book.packet(request.number, signal);
    if (request.kind === "http") return book.http(request.question, signal);
    return book.follow(request.question, signal);
  }
}

/** Asks a book by messages. */
export class BookClient implements PacketBook {
  readonly #post: (request: BookRequest) => void;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;
  #failure: Error | null = null;

  constructor(post: (request: BookRequest) => void) {
    this.#post = post;
  }

  rows(question: RowsQuestion, signal?: AbortSignal): Promise<RowsAnswer> {
    return this.#ask({ kind: "rows", question }, signal);
  }

  packet(number: number, signal?: AbortSignal): Promise<PacketDetail> {
    return this.#ask({ kind: "packet", number }, signal);
  }

  follow(question: FollowQuestion, signal?: AbortSignal): Promise<FollowAnswer> {
    return this.#ask({ kind: "follow", question }, signal);
  }

  http(question: HttpQuestion, signal?: AbortSignal): Promise<HttpAnswer> {
    return this.#ask({ kind: "http", question }, signal);
  }

  /** Takes what the other end says. */
  hear(reply: BookReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === "done") waiting?.resolve(reply.answer);
    else waiting?.reject(errorOf(reply.failure));
  }

  /** The other end will say no more. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async #ask<Answer>(question: BookQuestion, signal?: AbortSignal): Promise<Answer> {
    signal?.throwIfAborted();
    if (this.#failure) throw this.#failure;
    const id = ++this.#lastId;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    const abort = (): void => {
      this.#post({ id, kind: "abort" });
      this.#waiting.delete(id);
      waiting.reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#post({ id, ...question });
    try {
      return (await waiting.promise) as Answer;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }
}
