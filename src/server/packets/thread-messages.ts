import type { BookReply, BookRequest } from "../../inspection/browse/book-messages.ts";

export interface BookThreadData {
  sizeBytes: number;
}

/** What a thread asks and answers. */
export type FromThread =
  | { kind: "read"; id: number; offset: number; lengthBytes: number }
  | { kind: "reply"; reply: BookReply };

/** What a thread is asked and given. */
export type ToThread =
  | { kind: "ask"; request: BookRequest }
  | { kind: "bytes"; id: number; bytes: Uint8Array }
  | { kind: "failed"; id: number; reason: string };
