import type { BookReply, BookRequest } from "../../inspection/browse/book-messages.ts";

/** What the worker is told: a file to open, in place of the one before, and questions about it. */
export type FileBookRequest =
  | { kind: "open"; book: number; file: File }
  | { kind: "close"; book: number }
  | { kind: "ask"; book: number; request: BookRequest };

export interface FileBookReply {
  book: number;
  reply: BookReply;
}
