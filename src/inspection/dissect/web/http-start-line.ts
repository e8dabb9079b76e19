import { isExactTextAt } from "../text.ts";

/** What the first line of a message is. */
export const startLine = { none: 0, request: 1, notification: 2, response: 3 } as const;
export type StartLine = (typeof startLine)[keyof typeof startLine];

/** Methods of HTTP, WebDAV (RFC 4918, 3253), UPnP, RPC over HTTP and SSTP. */
const requestMethods =
  "GET PUT COPY HEAD LOCK MOVE POLL POST BCOPY BMOVE MKCOL TRACE PATCH LABEL MERGE DELETE SEARCH UNLOCK REPORT UPDATE " +
  "BDELETE CONNECT OPTIONS CHECKIN PROPFIND CHECKOUT CCM_POST PROPPATCH BPROPFIND BPROPPATCH UNCHECKOUT MKACTIVITY " +
  "MKWORKSPACE RPC_CONNECT RPC_IN_DATA RPC_OUT_DATA VERSION-CONTROL BASELINE-CONTROL SSTP_DUPLEX_POST";
const notificationMethods = "NOTIFY SUBSCRIBE UNSUBSCRIBE";
const methodSizeMax = 16;

interface Method {
  text: string;
  kind: StartLine;
}

const byLength: Method[][] = Array.from({ length: methodSizeMax + 1 }, () => []);
for (const text of requestMethods.split(" "))
  byLength[text.length]?.push({ text, kind: startLine.request });
for (const text of notificationMethods.split(" "))
  byLength[text.length]?.push({ text, kind: startLine.notification });

/** 1 for bytes that some method has. */
const isMethodByte = new Uint8Array(256);
for (const { text } of byLength.flat())
  for (const letter of text) isMethodByte[letter.charCodeAt(0)] = 1;

/** What the line from `start` to `end` is; most payloads are told by their first byte. */
export function startLineKind(bytes: Uint8Array, start: number, end: number): StartLine {
  const first = bytes[start] ?? 0;
  if (first < 65 || first > 90) return startLine.none;
  // RFC 2774: a mandatory extension has `M-` before its method.
  const at = isExactTextAt(bytes, start, end, "M-") ? start + 2 : start;
  if (isExactTextAt(bytes, at, end, "HTTP/") || isExactTextAt(bytes, at, end, "ICY"))
    return startLine.response;
  const limit = Math.min(end, at + methodSizeMax + 1);
  let next = at;
  // Names of header fields, which most lines begin with, leave here at their second letter.
  while (next < limit && isMethodByte[bytes[next] ?? 0] === 1) next++;
  if (next < end && bytes[next] !== 32) return startLine.none;
  const methods = byLength[next - at];
  if (methods === undefined) return startLine.none;
  for (let index = 0; index < methods.length; index++) {
    const method = methods[index];
    if (method && isExactTextAt(bytes, at, end, method.text)) return method.kind;
  }
  return startLine.none;
}

/** The status code of a response line, 0 when there is none. */
export function statusOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== 32) at++;
  while (at < end && bytes[at] === 32) at++;
  let status = 0;
  for (let digits = 0; digits < 3 && at < end; digits++, at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit < 0 || digit > 9) return 0;
    status = status * 10 + digit;
  }
  return status;
}
