import type { BookReply, BookRequest } from "../../inspection/browse/book-messages.ts";

/** What the worker is told: a file to open, in place of the one before, and questions about it. */
export type FileBookRequest =
  | { kind: "open"; book: number; file: File }
  | { kind: "close"; book: number }
  | { kind: "ask"; book: number; request: BookRequest };

export type FileBookReply =
  /** All that it runs with is there. */
  { kind: "ready" } | { kind: "answer"; book: number; reply: BookReply };
