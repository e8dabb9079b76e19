import { findLineEnd, isBlank, isTextAt, type LineEnd } from "../text.ts";
import { startLine, startLineKind, statusOf, type StartLine } from "./http-start-line.ts";

/** Part of the bytes; `at` is -1 where there is none. */
export interface Span {
  at: number;
  end: number;
}

/** The start line and header fields of a message, as far as its length and kind depend on them. */
export interface HttpHead {
  kind: StartLine;
  status: number;
  /** The start line. */
  line: Span;
  /** True when the first line is a start line, a header field or blank. */
  isHeader: boolean;
  /** False when the blank line has not come. */
  isComplete: boolean;
  /** Where the body begins: after the blank line, or at a line that is no header field. */
  end: number;
  /** After the blank line: while a message is collected, lines that are no header fields are passed over. */
  collectedEnd: number;
  /** -1 when there is none that can be used. */
  contentLength: number;
  isChunked: boolean;
  hasTransferEncoding: boolean;
  /** The transfer coding is one that is not undone: gzip, compress, deflate. */
  isCompressedTransfer: boolean;
  /** The same while a message is collected, where the first of several codings alone counts. */
  collectedLength: number;
  isCollectedByChunks: boolean;
  contentType: Span;
  contentEncoding: Span;
  host: Span;
  upgrade: Span;
  authorization: Span;
}

const contentLengthMax = 0x7fffffff;
const colon = 58;
const comma = 44;
const lineFeed = 10;
const carriageReturn = 13;

/** The header fields that are read; each has a length of its own. */
const nameByLength: string[] = Array.from({ length: 20 }, () => "");
for (const name of [
  "host",
  "upgrade",
  "content-type",
  "authorization",
  "content-length",
  "content-encoding",
  "transfer-encoding",
  "proxy-authorization",
])
  nameByLength[name.length] = name;

/** 1 for all bytes but those that end the name of a field or a line. */
const isInName = new Uint8Array(256).fill(1);
for (const byte of [colon, lineFeed, carriageReturn]) isInName[byte] = 0;

export function newHttpHead(): HttpHead {
  return {
    kind: startLine.none,
    status: 0,
    line: { at: -1, end: -1 },
    isHeader: false,
    isComplete: false,
    end: 0,
    collectedEnd: 0,
    contentLength: -1,
    isChunked: false,
    hasTransferEncoding: false,
    isCompressedTransfer: false,
    collectedLength: -1,
    isCollectedByChunks: false,
    contentType: { at: -1, end: -1 },
    contentEncoding: { at: -1, end: -1 },
    host: { at: -1, end: -1 },
    upgrade: { at: -1, end: -1 },
    authorization: { at: -1, end: -1 },
  };
}

/** The line being read; one object serves all. */
interface HeadLine extends LineEnd {
  start: number;
  /** Its first colon; -1 when it has none. */
  separator: number;
  /** The head has ended; only the collecting of the message still looks at this line. */
  isRead: boolean;
}

const line: HeadLine = { start: 0, end: 0, next: 0, separator: -1, isRead: false };

/** Reads the head at `at` into `head`, as far as it is there. */
export function readHttpHead(head: HttpHead, bytes: Uint8Array, at: number, limit: number): void {
  clear(head);
  line.isRead = false;
  line.next = at;
  while (line.next < limit) {
    const isWhole = nextLine(bytes, limit);
    const { start, end } = line;
    const kind = startLineKind(bytes, start, end);
    if (start === at) readFirstLine(head, bytes, kind);
    if (end === start) {
      head.isComplete = isWhole;
      head.collectedEnd = line.next;
      if (!line.isRead) head.end = line.next;
      return;
    }
    if (kind !== startLine.none) continue;
    if (line.separator >= 0) readField(head, bytes);
    else if (!line.isRead) {
      line.isRead = true;
      head.end = start;
    }
  }
  if (!line.isRead) head.end = limit;
  head.collectedEnd = limit;
}

/** Goes on to the next line, and finds its colon on the way to its end; false when that has not come. */
function nextLine(bytes: Uint8Array, limit: number): boolean {
  const start = line.next;
  let at = start;
  while (at < limit && isInName[bytes[at] ?? 0] === 1) at++;
  const isWhole = findLineEnd(bytes, at, limit, line);
  line.start = start;
  if (!isWhole) line.end = withoutReturn(bytes, start, limit);
  line.separator = at < limit && bytes[at] === colon ? at : -1;
  return isWhole;
}

function clear(head: HttpHead): void {
  head.kind = startLine.none;
  head.status = 0;
  head.isHeader = false;
  head.isComplete = false;
  head.contentLength = -1;
  head.isChunked = false;
  head.hasTransferEncoding = false;
  head.isCompressedTransfer = false;
  head.collectedLength = -1;
  head.isCollectedByChunks = false;
  head.contentType.at = -1;
  head.contentEncoding.at = -1;
  head.host.at = -1;
  head.upgrade.at = -1;
  head.authorization.at = -1;
}

function withoutReturn(bytes: Uint8Array, start: number, limit: number): number {
  return limit > start && bytes[limit - 1] === carriageReturn ? limit - 1 : limit;
}

function readFirstLine(head: HttpHead, bytes: Uint8Array, kind: StartLine): void {
  const { start, end } = line;
  head.kind = kind;
  head.line.at = start;
  head.line.end = end;
  head.isHeader = kind !== startLine.none || end === start || line.separator >= 0;
  if (kind === startLine.response) head.status = statusOf(bytes, start, end);
}

function readField(head: HttpHead, bytes: Uint8Array): void {
  const { start, separator, end } = line;
  const name = nameByLength[separator - start] ?? "";
  if (name === "" || !isTextAt(bytes, start, separator, name)) return;
  let value = separator + 1;
  while (value < end && isBlank(bytes[value])) value++;
  if (name === "content-length") readLength(head, bytes, value);
  else if (name === "transfer-encoding") readTransferEncoding(head, bytes, value);
  else if (!line.isRead) setSpan(spanOf(head, name), value, end);
}

function spanOf(head: HttpHead, name: string): Span {
  switch (name) {
    case "content-type":
      return head.contentType;
    case "content-encoding":
      return head.contentEncoding;
    case "host":
      return head.host;
    case "upgrade":
      return head.upgrade;
    default:
      return head.authorization;
  }
}

function setSpan(span: Span, at: number, end: number): void {
  span.at = at;
  span.end = end;
}

function readLength(head: HttpHead, bytes: Uint8Array, value: number): void {
  let at = bytes[value] === 43 ? value + 1 : value;
  let length = 0;
  const digitsFrom = at;
  for (; at < line.end && length <= contentLengthMax; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    length = length * 10 + digit;
  }
  if (at === digitsFrom || length > contentLengthMax) return;
  if (at < line.end && !isBlank(bytes[at])) return;
  if (!line.isRead) head.contentLength = length;
  // While the message is collected, nothing else may be in the field.
  while (at < line.end && isBlank(bytes[at])) at++;
  if (at === line.end) head.collectedLength = length;
}

/** A list of codings; only the beginning of each is looked at. */
function readTransferEncoding(head: HttpHead, bytes: Uint8Array, value: number): void {
  const { end } = line;
  if (isTextAt(bytes, value, end, "chunked")) head.isCollectedByChunks = true;
  if (line.isRead) return;
  head.hasTransferEncoding = true;
  for (let at = value; at < end; at++) {
    while (at < end && (isBlank(bytes[at]) || bytes[at] === comma)) at++;
    if (isTextAt(bytes, at, end, "chunked")) head.isChunked = true;
    else if (isCompression(bytes, at, end)) head.isCompressedTransfer = true;
    while (at < end && bytes[at] !== comma) at++;
  }
}

function isCompression(bytes: Uint8Array, at: number, end: number): boolean {
  const from = isTextAt(bytes, at, end, "x-") ? at + 2 : at;
  return ["gzip", "deflate", "compress"].some((name) => isTextAt(bytes, from, end, name));
}
