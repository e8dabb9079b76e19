import { contentDecoder, type ContentDecoder } from "./content-decoder.ts";

/** A longer head is taken for something that is no HTTP. */
const headSizeMax = 65_536;
const lineSizeMax = 4_096;
/** Requests whose response has not come. */
const waitingRequestCountMax = 1_000;

/** The head of a message, and what it says of the body that follows. */
export interface HttpMessage {
  startLine: string;
  /** All lines of it as they were sent, the start line first, without the empty one at its end. */
  head: string;
  contentType: string;
  /** Codings of the content, as the head names them; empty when there is none. */
  contentEncoding: string;
  /** True when the body is given without them. */
  isDecoded: boolean;
}

/** What a side of a stream shows next: a message begins, or more of its body. */
export type HttpEvent = { message: HttpMessage } | { body: Uint8Array };

/** Methods of the requests on their way, of both sides: the response to HEAD has no body. */
export type WaitingRequests = string[];

const part = {
  head: 0,
  sizedBody: 1,
  bodyToEnd: 2,
  chunkSize: 3,
  chunkData: 4,
  chunkEnd: 5,
  trailer: 6,
  /** What follows is no HTTP/1 any more. */
  other: 7,
} as const;

/** Reads the messages that one side of a stream sends (RFC 9112), piece by piece; bodies are not held. */
export class HttpSide {
  readonly #requests: WaitingRequests;
  #part: number = part.head;
  #line: number[] = [];
  #left = 0;
  #decoder: ContentDecoder | null = null;
  #otherBytes = 0;

  constructor(requests: WaitingRequests) {
    this.#requests = requests;
  }

  /** True where no message is on its way. */
  get isBetween(): boolean {
    return this.#part === part.other || (this.#part === part.head && this.#line.length === 0);
  }

  /** True where a message that is on its way would be whole if the stream ended here. */
  get isWholeAtEnd(): boolean {
    return this.#part === part.head || this.#part === part.bodyToEnd || this.isBetween;
  }

  /** Bytes that were of no message, and are passed over. */
  get otherBytes(): number {
    return this.#otherBytes;
  }

  push(bytes: Uint8Array): HttpEvent[] {
    const events: HttpEvent[] = [];
    let at = 0;
    while (at < bytes.length && this.#part !== part.other) {
      if (this.#isBody()) at += this.#takeBody(bytes, at, events);
      else this.#takeHeadByte(bytes[at++] ?? 0, events);
    }
    this.#otherBytes += bytes.length - at;
    return events;
  }

  /** What is left of a body when it ends, with its message or with the stream. */
  end(): HttpEvent[] {
    const events: HttpEvent[] = [];
    addBodies(events, this.#decoder?.end() ?? []);
    this.#decoder = null;
    return events;
  }

  #isBody(): boolean {
    return (
      this.#part === part.sizedBody ||
      this.#part === part.bodyToEnd ||
      this.#part === part.chunkData
    );
  }

  #takeBody(bytes: Uint8Array, at: number, events: HttpEvent[]): number {
    const size =
      this.#part === part.bodyToEnd ? bytes.length - at : Math.min(this.#left, bytes.length - at);
    const piece = bytes.subarray(at, at + size);
    addBodies(events, this.#decoder?.push(piece) ?? [piece]);
    this.#left -= size;
    if (this.#part === part.bodyToEnd || this.#left > 0) return size;
    if (this.#part === part.sizedBody) events.push(...this.end());
    this.#part = this.#part === part.chunkData ? part.chunkEnd : part.head;
    return size;
  }

  #takeHeadByte(byte: number, events: HttpEvent[]): void {
    const line = this.#line;
    line.push(byte);
    if (this.#part === part.head) {
      if (byte === lineFeed && endsHead(line)) this.#endHead(events);
      else if (line.length > headSizeMax) this.#part = part.other;
      return;
    }
    if (byte !== lineFeed) {
      if (line.length > lineSizeMax) this.#part = part.other;
      return;
    }
    const text = latin1(line).trim();
    this.#line = [];
    this.#endLine(text);
    if (this.#part === part.trailer) events.push(...this.end());
  }

  /** A line of chunked coding (RFC 9112, 7.1). */
  #endLine(text: string): void {
    if (this.#part === part.chunkEnd) {
      this.#part = part.chunkSize;
    } else if (this.#part === part.trailer) {
      if (text === "") this.#part = part.head;
    } else {
      const size = /^[0-9a-fA-F]{1,8}/.exec(text)?.[0];
      this.#left = Number.parseInt(size ?? "0", 16);
      this.#part =
        size === undefined ? part.other : this.#left === 0 ? part.trailer : part.chunkData;
    }
  }

  #endHead(events: HttpEvent[]): void {
    const text = latin1(this.#line).trimStart();
    this.#line = [];
    // Blank lines before a message are passed over.
    if (text === "") return;
    const startLine = text.slice(0, text.search(/\r?\n/));
    const isResponse = startLine.startsWith("HTTP/1.");
    if (!isResponse && !/^[!-~]+ .+ HTTP\/1\.\d$/.test(startLine)) {
      this.#part = part.other;
      this.#otherBytes += text.length;
      return;
    }
    const contentEncoding = fieldOf(text, "content-encoding").toLowerCase();
    this.#decoder = contentDecoder(contentEncoding);
    const message = {
      startLine,
      head: text.trimEnd(),
      contentType: fieldOf(text, "content-type"),
      contentEncoding,
      isDecoded: this.#decoder !== null,
    };
    events.push({ message });
    this.#part = isResponse ? this.#afterResponse(startLine, text) : this.#afterRequest(text);
  }

  #afterRequest(text: string): number {
    const method = text.slice(0, text.indexOf(" "));
    if (this.#requests.length < waitingRequestCountMax) this.#requests.push(method);
    return this.#framing(text, part.head);
  }

  /** RFC 9112, 6.3. */
  #afterResponse(startLine: string, text: string): number {
    const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(startLine)?.[1] ?? 0);
    if (status === 101) return part.other;
    if (status >= 100 && status < 200) return part.head;
    const method = this.#requests.shift();
    if (method === "CONNECT" && status >= 200 && status < 300) return part.other;
    if (method === "HEAD" || status === 204 || status === 304) return part.head;
    return this.#framing(text, part.bodyToEnd);
  }

  #framing(text: string, otherwise: number): number {
    if (/chunked/i.test(fieldOf(text, "transfer-encoding"))) return part.chunkSize;
    const length = fieldOf(text, "content-length");
    if (!/^\d{1,15}$/.test(length)) return otherwise;
    this.#left = Number(length);
    return this.#left === 0 ? part.head : part.sizedBody;
  }
}

const lineFeed = 10;
const carriageReturn = 13;

/** True at a line feed behind an empty line. */
function endsHead(line: readonly number[]): boolean {
  const before = line.at(-2) === carriageReturn ? line.at(-3) : line.at(-2);
  return before === lineFeed || before === undefined;
}

function addBodies(events: HttpEvent[], bodies: readonly Uint8Array[]): void {
  for (const body of bodies) if (body.length > 0) events.push({ body });
}

function latin1(bytes: readonly number[]): string {
  return new TextDecoder("latin1").decode(Uint8Array.from(bytes));
}

function fieldOf(text: string, name: string): string {
  return new RegExp(`^${name}[ \\t]*:[ \\t]*([^\\r\\n]*)`, "im").exec(text)?.[1]?.trim() ?? "";
}
