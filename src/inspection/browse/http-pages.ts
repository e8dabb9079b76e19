// The HTTP/1 messages of a stream by pages: heads, and bodies as they were before they were put in chunks and compressed.
import { HttpSide, type HttpEvent, type WaitingRequests } from "../follow/http-side.ts";
import { base64 } from "./base64.ts";
import { isWhole, StreamCursor, type Piece } from "./follow-pages.ts";
import type { BookParts } from "./open-book.ts";
import type { HttpAnswer, HttpMessageNode, HttpQuestion } from "./packet-book.ts";
import { wordOf } from "./stream-words.ts";

/** Messages of one page. */
export const messageCountMax = 200;
/** Of one body; the rest is counted. */
export const bodySizeBytesMax = 16_777_216;
/** Of all bodies of a page, unless one alone is larger. */
const pageSizeBytesMax = 4_194_304;
/** Messages that have begun and are not told, because one before them goes on: requests in a row without answers. */
const waitingCountMax = 1_000;
const cursorCountMax = 2;
/** So long a page waits for packets whose streams are not known yet. */
const patienceMilliseconds = 300;

/** A message on its way. */
interface Message extends Omit<HttpMessageNode, "base64" | "number"> {
  parts: Uint8Array[];
  keptBytes: number;
  isDone: boolean;
}

type SideName = "a" | "b";

/** Where pages ended that the next may go on from. */
export class HttpCursors {
  readonly #cursors: HttpCursor[] = [];

  take(parts: BookParts, { stream, from, bodyBytesMax }: HttpQuestion): HttpCursor {
    const word = wordOf({ protocol: "tcp", stream });
    const at = this.#cursors.findIndex(
      (each) => each.word === word && each.next === from && each.bodyBytesMax === bodyBytesMax,
    );
    const [found] = at < 0 ? [] : this.#cursors.splice(at, 1);
    return found ?? new HttpCursor(parts, word, bodyBytesMax);
  }

  give(cursor: HttpCursor): void {
    this.#cursors.push(cursor);
    if (this.#cursors.length > cursorCountMax) this.#cursors.shift();
  }

  clear(): void {
    this.#cursors.length = 0;
  }
}

class HttpCursor {
  readonly word: number;
  readonly bodyBytesMax: number;
  readonly bytes: StreamCursor;
  /** Place of the next message among those of the stream. */
  next = 0;
  readonly waiting: Message[] = [];
  /** Bytes that are of no HTTP/1 message. */
  otherBytes = 0;
  hasEnded = false;
  readonly #sides: Record<SideName, HttpSide>;
  readonly #current: Partial<Record<SideName, Message>> = {};

  constructor(parts: BookParts, word: number, bodyBytesMax: number) {
    const requests: WaitingRequests = [];
    this.word = word;
    this.bodyBytesMax = bodyBytesMax;
    this.bytes = new StreamCursor(parts, word);
    this.#sides = { a: new HttpSide(requests), b: new HttpSide(requests) };
  }

  /** The first message that is told next: one that is whole, or any where too many wait for it. */
  get first(): Message | null {
    const [first] = this.waiting;
    return first && (first.isDone || this.waiting.length > waitingCountMax) ? first : null;
  }

  push(piece: Piece): void {
    const side = this.#sides[piece.side];
    const before = side.otherBytes;
    for (const event of side.push(piece.bytes)) this.#hear(event, piece);
    this.otherBytes += side.otherBytes - before;
    if (side.isBetween) this.#finish(piece.side, true);
  }

  /** No more bytes come. */
  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    for (const name of ["a", "b"] as const) {
      const side = this.#sides[name];
      const { isWholeAtEnd } = side;
      for (const event of side.end()) if ("body" in event) this.#add(name, event.body);
      this.#finish(name, isWholeAtEnd);
    }
  }

  #hear(event: HttpEvent, { side, frame, time }: Piece): void {
    if ("body" in event) return this.#add(side, event.body);
    this.#finish(side, true);
    const { head, startLine, contentType, contentEncoding, isDecoded } = event.message;
    const message: Message = {
      side,
      frame,
      time,
      startLine,
      head,
      contentType,
      contentEncoding,
      isDecoded,
      bodySizeBytes: 0,
      isWhole: false,
      parts: [],
      keptBytes: 0,
      isDone: false,
    };
    this.#current[side] = message;
    this.waiting.push(message);
  }

  #add(side: SideName, body: Uint8Array): void {
    const message = this.#current[side];
    if (!message) return;
    message.bodySizeBytes += body.length;
    const kept = body.subarray(0, Math.max(0, this.bodyBytesMax - message.keptBytes));
    if (kept.length > 0) message.parts.push(kept.slice());
    message.keptBytes += kept.length;
  }

  #finish(side: SideName, hasAll: boolean): void {
    const message = this.#current[side];
    if (!message) return;
    message.isDone = true;
    message.isWhole = hasAll;
    delete this.#current[side];
  }
}

/** One page of the messages of a TCP stream; none where it carries no HTTP/1. */
export async function httpPage(
  parts: BookParts,
  cursors: HttpCursors,
  asked: HttpQuestion,
  signal?: AbortSignal,
): Promise<HttpAnswer> {
  parts.failure();
  const question = {
    ...asked,
    count: Math.min(messageCountMax, Math.max(1, asked.count)),
    bodyBytesMax: Math.min(bodySizeBytesMax, Math.max(0, asked.bodyBytesMax)),
  };
  const cursor = cursors.take(parts, question);
  const messages: HttpMessageNode[] = [];
  let sizeBytes = 0;
  const until = parts.options.nowMilliseconds() + patienceMilliseconds;
  while (messages.length < question.count && sizeBytes < pageSizeBytesMax) {
    const { first } = cursor;
    if (first) {
      const number = cursor.next++;
      cursor.waiting.shift();
      if (number < question.from) continue;
      const told = await toldMessage(parts, first, { number, sizeBytesMax: cursor.bodyBytesMax });
      sizeBytes += (told.base64.length * 3) / 4;
      messages.push(told);
      continue;
    }
    const piece = cursor.bytes.waiting.shift();
    if (piece) cursor.push(piece);
    else if (!cursor.bytes.isAtEnd) await cursor.bytes.read(signal);
    else if (isWhole(parts)) {
      if (cursor.hasEnded) break;
      cursor.end();
    } else if (parts.options.nowMilliseconds() > until) break;
    else await parts.options.delay(20, signal ?? parts.signal);
  }
  const isDone = cursor.hasEnded && cursor.waiting.length === 0;
  const { otherBytes, bytes } = cursor;
  cursors.give(cursor);
  const next = isDone ? null : cursor.next;
  return { ...bytes.ends, messages, next, otherBytes, problem: bytes.problem };
}

async function toldMessage(
  { options }: BookParts,
  message: Message,
  { number, sizeBytesMax }: { number: number; sizeBytesMax: number },
): Promise<HttpMessageNode> {
  const { parts, keptBytes, isDone: _isDone, ...rest } = message;
  const kept = joined(parts, keptBytes);
  const { contentEncoding, isDecoded } = rest;
  const isWanted = !isDecoded && contentEncoding !== "" && kept.length > 0;
  const plain = isWanted ? await options.decode?.(contentEncoding, kept, sizeBytesMax) : null;
  if (!plain) return { number, ...rest, base64: base64(kept) };
  // What is missing of the compressed bytes is missing here; how much that would be is not known.
  const isCut = rest.bodySizeBytes > kept.length || plain.isCut;
  return {
    number,
    ...rest,
    isDecoded: true,
    isWhole: rest.isWhole && !isCut,
    bodySizeBytes: plain.bytes.length,
    base64: base64(plain.bytes),
  };
}

function joined(parts: readonly Uint8Array[], sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let filled = 0;
  for (const part of parts) {
    bytes.set(part, filled);
    filled += part.length;
  }
  return bytes;
}
