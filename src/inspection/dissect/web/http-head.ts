/** The start line and header fields of a message, as far as its length and kind depend on them. */
export interface HttpHead {
  isRequest: boolean;
  /** A request for the head only: its response has no body. */
  isHead: boolean;
  /** False when the blank line has not come. */
  isComplete: boolean;
  /** Where the body begins. */
  end: number;
  status: number;
  /** -1 when there is none. */
  contentLength: number;
  isChunked: boolean;
  keepsAlive: boolean;
  hasNoBody: boolean;
  contentType: string;
  contentEncoding: string;
  host: string;
  /** The request line; empty of a response. */
  requestLine: string;
  /** Who logs in with the Basic scheme (RFC 7617), null when nobody does. */
  basicUser: string | null;
}

/** Bytes that a head may have. */
const headSizeMax = 65_536;
const requestLineSizeMax = 2_048;
const methods =
  /^(?:GET|POST|PUT|HEAD|DELETE|OPTIONS|TRACE|CONNECT|PATCH|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|REPORT|NOTIFY|SUBSCRIBE|UNSUBSCRIBE|M-SEARCH|SEARCH|MERGE|CHECKOUT|RPC_IN_DATA|RPC_OUT_DATA|RPC_CONNECT|SSTP_DUPLEX_POST|BREW|WHEN|CCM_POST|POLL|BMOVE|BDELETE|BPROPFIND|BPROPPATCH|BCOPY|LABEL|MKACTIVITY|MKWORKSPACE|UNCHECKOUT|UPDATE|VERSION-CONTROL|BASELINE-CONTROL|CHECKIN|LINK|UNLINK|ORDERPATCH|ACL|MKREDIRECTREF|UPDATEREDIRECTREF|MKCALENDAR|X_MS_ENUMATTS) /;
const decoder = new TextDecoder("latin1");

/** Reads the head at `at`; null when these bytes begin no request and no response. */
export function parseHttpHead(bytes: Uint8Array, at: number, end: number): HttpHead | null {
  const first = bytes[at] ?? 0;
  // Upper-case letters only: most payloads end here.
  if (first < 65 || first > 90) return null;
  const start = decoder.decode(bytes.subarray(at, Math.min(end, at + 24)));
  const isResponse = start.startsWith("HTTP/");
  if (!isResponse && !methods.test(start)) return null;
  const blank = blankLineAfter(bytes, at, Math.min(end, at + headSizeMax));
  const headEnd = blank < 0 ? end : blank;
  const text = decoder.decode(bytes.subarray(at, Math.min(headEnd, at + headSizeMax)));
  return readFields(text, { isRequest: !isResponse, isComplete: blank >= 0, end: headEnd });
}

function readFields(
  text: string,
  known: Pick<HttpHead, "isRequest" | "isComplete" | "end">,
): HttpHead {
  const field = (name: string): string =>
    new RegExp(`^${name}[ \\t]*:[ \\t]*([^\\r\\n]*)`, "im").exec(text)?.[1]?.trim() ?? "";
  const status = known.isRequest ? 0 : Number(/^HTTP\/\S+ (\d{3})/.exec(text)?.[1] ?? 0);
  const length = field("content-length");
  return {
    ...known,
    isHead: text.startsWith("HEAD "),
    status,
    contentLength: /^\d{1,15}$/.test(length) ? Number(length) : -1,
    isChunked: /chunked/i.test(field("transfer-encoding")),
    keepsAlive: /keep-alive/i.test(field("connection")),
    hasNoBody:
      !known.isRequest && (status === 204 || status === 304 || (status >= 100 && status < 200)),
    contentType: field("content-type").toLowerCase(),
    contentEncoding: field("content-encoding").toLowerCase(),
    host: known.isRequest ? field("host").toLowerCase() : "",
    requestLine: known.isRequest
      ? text.slice(0, requestLineSizeMax).split(/\r?\n/, 1).join("")
      : "",
    basicUser: known.isRequest ? basicUser(text) : null,
  };
}

/** The name before the colon; the secret behind it is not kept. */
function basicUser(text: string): string | null {
  const found = /^(?:proxy-)?authorization[ \t]*:[ \t]*basic[ \t]+([\w+/=-]{1,512})/im.exec(text);
  if (!found) return null;
  try {
    return atob(found[1] ?? "")
      .split(":", 1)
      .join("");
  } catch {
    return "";
  }
}

/** After the first empty line, -1 when there is none. */
function blankLineAfter(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end;) {
    const line = bytes.indexOf(10, at);
    if (line < 0 || line + 1 >= end) return -1;
    if (bytes[line + 1] === 10) return line + 2;
    if (bytes[line + 1] === 13 && line + 2 < end && bytes[line + 2] === 10) return line + 3;
    at = line + 1;
  }
  return -1;
}
