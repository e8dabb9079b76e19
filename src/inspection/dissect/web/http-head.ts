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
const carriageReturn = 13;

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

const lineEnd: LineEnd = { end: 0, next: 0 };

/** Reads the head at `at` into `head`, as far as it is there. */
export function readHttpHead(head: HttpHead, bytes: Uint8Array, at: number, limit: number): void {
  clear(head);
  let isRead = false;
  for (let next = at; next < limit;) {
    const start = next;
    const isWhole = findLineEnd(bytes, start, limit, lineEnd);
    const end = isWhole ? lineEnd.end : withoutReturn(bytes, start, limit);
    next = lineEnd.next;
    const kind = startLineKind(bytes, start, end);
    if (start === at) readFirstLine(head, bytes, { start, end, kind });
    if (end === start) {
      head.isComplete = isWhole;
      head.collectedEnd = next;
      if (!isRead) head.end = next;
      return;
    }
    const separator = kind === startLine.none ? indexOfColon(bytes, start, end) : -1;
    if (separator >= 0) readField(head, bytes, { start, separator, end, isRead });
    else if (kind === startLine.none && !isRead) {
      isRead = true;
      head.end = start;
    }
  }
  if (!isRead) head.end = limit;
  head.collectedEnd = limit;
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

function readFirstLine(
  head: HttpHead,
  bytes: Uint8Array,
  { start, end, kind }: { start: number; end: number; kind: StartLine },
): void {
  head.kind = kind;
  head.line.at = start;
  head.line.end = end;
  head.isHeader = kind !== startLine.none || end === start || indexOfColon(bytes, start, end) >= 0;
  if (kind === startLine.response) head.status = statusOf(bytes, start, end);
}

function indexOfColon(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === colon) return at;
  return -1;
}

interface FieldLine {
  start: number;
  separator: number;
  end: number;
  /** The head has ended; only the collecting of the message still looks at this line. */
  isRead: boolean;
}

function readField(head: HttpHead, bytes: Uint8Array, line: FieldLine): void {
  const { start, separator, end } = line;
  let value = separator + 1;
  while (value < end && isBlank(bytes[value])) value++;
  const isNamed = (name: string): boolean =>
    separator - start === name.length && isTextAt(bytes, start, separator, name);
  switch ((bytes[start] ?? 0) | 32) {
    case 99: // c
      if (isNamed("content-length")) readLength(head, bytes, value, line);
      else if (line.isRead) return;
      else if (isNamed("content-type")) setSpan(head.contentType, value, end);
      else if (isNamed("content-encoding")) setSpan(head.contentEncoding, value, end);
      return;
    case 116: // t
      if (isNamed("transfer-encoding")) readTransferEncoding(head, bytes, value, line);
      return;
    case 104: // h
      if (!line.isRead && isNamed("host")) setSpan(head.host, value, end);
      return;
    case 117: // u
      if (!line.isRead && isNamed("upgrade")) setSpan(head.upgrade, value, end);
      return;
    case 97: // a
      if (!line.isRead && isNamed("authorization")) setSpan(head.authorization, value, end);
      return;
    case 112: // p
      if (!line.isRead && isNamed("proxy-authorization")) setSpan(head.authorization, value, end);
      return;
    default:
  }
}

function setSpan(span: Span, at: number, end: number): void {
  span.at = at;
  span.end = end;
}

function readLength(head: HttpHead, bytes: Uint8Array, value: number, line: FieldLine): void {
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
function readTransferEncoding(
  head: HttpHead,
  bytes: Uint8Array,
  value: number,
  line: FieldLine,
): void {
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
