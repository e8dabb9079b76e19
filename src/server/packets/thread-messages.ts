import type { BookReply, BookRequest } from "../../inspection/browse/book-messages.ts";
import type { IndexedFile } from "../../inspection/browse/kept-index.ts";

/** What a thread asks and answers. */
export type FromThread =
  | { kind: "read"; id: number; offset: number; lengthBytes: number }
  | { kind: "reply"; reply: BookReply }
  /** It made an index, which there was none of. */
  | { kind: "index"; index: Uint8Array };

/** What a thread is asked and given. */
export type ToThread =
  /** Comes once, before anything is asked; `index`: what `keepIndex` gave of such a file, if any. */
  | { kind: "open"; file: IndexedFile; index: Uint8Array | null }
  | { kind: "ask"; request: BookRequest }
  | { kind: "bytes"; id: number; bytes: Uint8Array }
  | { kind: "failed"; id: number; reason: string };
