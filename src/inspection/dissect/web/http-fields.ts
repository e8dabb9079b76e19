import type { Fields, FieldType } from "../field.ts";
import type { Layer } from "../frame.ts";
import { parsedFields, type Emit } from "../parsed-fields.ts";

const headSizeMax = 65_536;
const lineCountMax = 1_000;
const decoder = new TextDecoder();
const requestLine = /^([^ ]+) ([^ ]*)(?: (.*))?$/;
const responseLine = /^(HTTP\/[^ ]*) +(\d{3})(?: (.*))?$/;

/** Header fields that have a field of their own, by their names in small letters. */
const headers: Readonly<Record<string, string>> = {
  authorization: "http.authorization",
  "proxy-authorization": "http.proxy_authorization",
  "proxy-authenticate": "http.proxy_authenticate",
  "www-authenticate": "http.www_authenticate",
  "content-type": "http.content_type",
  "content-length": "http.content_length_header",
  "content-encoding": "http.content_encoding",
  "transfer-encoding": "http.transfer_encoding",
  upgrade: "http.upgrade",
  "user-agent": "http.user_agent",
  host: "http.host",
  connection: "http.connection",
  cookie: "http.cookie",
  accept: "http.accept",
  referer: "http.referer",
  "accept-language": "http.accept_language",
  "accept-encoding": "http.accept_encoding",
  date: "http.date",
  "cache-control": "http.cache_control",
  server: "http.server",
  location: "http.location",
  "sec-websocket-accept": "http.sec_websocket_accept",
  "sec-websocket-extensions": "http.sec_websocket_extensions",
  "sec-websocket-key": "http.sec_websocket_key",
  "sec-websocket-protocol": "http.sec_websocket_protocol",
  "sec-websocket-version": "http.sec_websocket_version",
  "set-cookie": "http.set_cookie",
  "last-modified": "http.last_modified",
  "x-forwarded-for": "http.x_forwarded_for",
};

/** RFC 9112. */
function parse({ bytes, start, end }: Layer, emit: Emit): void {
  const lines = headLines(bytes, start, Math.min(end, start + headSizeMax));
  const [first = "", ...fields] = lines;
  const response = responseLine.exec(first);
  const request = response ? null : requestLine.exec(first);
  if (response) emitResponse(response, emit);
  else if (request && isRequest(request)) emitRequest(request, emit);
  else return;
  emit("http.chat", true);
  const told: Told = { isRequest: response === null, host: "" };
  for (const line of fields) emitHeader(line, told, emit);
  emitFullUri(request?.[1] ?? "", request?.[2] ?? "", told.host, emit);
}

/** Methods of UPnP's events, which Wireshark counts apart from requests. */
const notifications: ReadonlySet<string> = new Set(["NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE"]);

function isRequest([, method = "", , version]: RegExpExecArray): boolean {
  return /^[A-Z][A-Z_-]*$/.test(method) && (version === undefined || version.startsWith("HTTP/"));
}

/** What header fields say of others. */
interface Told {
  isRequest: boolean;
  host: string;
}

/** The lines up to the empty one; lines that begin with a blank go on from the one before. */
function headLines(bytes: Uint8Array, start: number, end: number): string[] {
  const lines: string[] = [];
  let at = start;
  while (at < end && lines.length < lineCountMax) {
    const feed = bytes.indexOf(10, at);
    const last = feed < 0 || feed >= end ? end : feed;
    const line = decoder.decode(
      bytes.subarray(at, last > at && bytes[last - 1] === 13 ? last - 1 : last),
    );
    at = last + 1;
    if (line === "") {
      if (lines.length > 0) break;
      continue;
    }
    if (/^[ \t]/.test(line) && lines.length > 1) lines[lines.length - 1] += `\r\n${line}`;
    else lines.push(line);
  }
  return lines;
}

function emitResponse([, version = "", code = "", phrase]: RegExpExecArray, emit: Emit): void {
  emit("http.response", true);
  emit("http.response.version", version);
  emit("http.response.code", Number(code));
  if (phrase !== undefined) emit("http.response.phrase", phrase);
}

function emitRequest([, method = "", uri = "", version]: RegExpExecArray, emit: Emit): void {
  emit(notifications.has(method) ? "http.notification" : "http.request", true);
  emit("http.request.method", method);
  emit("http.request.uri", uri);
  const query = uri.indexOf("?");
  if (query >= 0) {
    emit("http.request.uri.path", uri.slice(0, query));
    emit("http.request.uri.query", uri.slice(query + 1));
    for (const parameter of uri
      .slice(query + 1)
      .split("&")
      .slice(0, lineCountMax))
      emit("http.request.uri.query.parameter", parameter);
  }
  if (version !== undefined) emit("http.request.version", version);
}

function emitHeader(line: string, told: Told, emit: Emit): void {
  emit(told.isRequest ? "http.request.line" : "http.response.line", `${line}\r\n`);
  const colon = line.indexOf(":");
  if (colon <= 0) return;
  const value = line.slice(colon + 1).trim();
  const name = line.slice(0, colon).trim().toLowerCase();
  const field = headers[name];
  if (field === undefined) return;
  emit(field, value);
  if (name === "host") told.host = value;
  if (name === "content-length" && /^\d{1,18}$/.test(value))
    emit("http.content_length", BigInt(value));
  if (name === "cookie")
    for (const pair of value.split(";").slice(0, lineCountMax))
      emit("http.cookie_pair", pair.trim());
  if (name === "authorization" && value.startsWith("Basic ")) emitBasic(value.slice(6), emit);
}

/** RFC 7617. */
function emitBasic(encoded: string, emit: Emit): void {
  try {
    emit("http.authbasic", atob(encoded.trim()));
  } catch {
    // Damaged credentials are told as the header field only.
  }
}

function emitFullUri(method: string, uri: string, host: string, emit: Emit): void {
  if (uri === "") return;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(uri)) emit("http.request.full_uri", uri);
  else if (host !== "")
    emit("http.request.full_uri", method === "CONNECT" ? uri : `http://${host}${uri}`);
}

const headerTable = Object.fromEntries(
  Object.entries(headers).map(([name, field]) => [
    field,
    ["string", `header field ${name}`] as [FieldType, string],
  ]),
);

/** Fields of HTTP/1 messages. */
export const httpFields: Fields = parsedFields(parse, {
  "http.request": ["boolean", "is a request"],
  "http.notification": ["boolean", "tells of an event"],
  "http.response": ["boolean", "is a response"],
  "http.chat": ["none", "has a start line"],
  "http.request.method": ["string", "method"],
  "http.request.uri": ["string", "target"],
  "http.request.uri.path": ["string", "target before the question mark"],
  "http.request.uri.query": ["string", "target after the question mark"],
  "http.request.uri.query.parameter": ["string", "one parameter of the query"],
  "http.request.full_uri": ["string", "target with scheme and host"],
  "http.request.version": ["string", "version of the request"],
  "http.request.line": ["string", "a header line of the request"],
  "http.response.version": ["string", "version of the response"],
  "http.response.code": ["uint16", "status"],
  "http.response.phrase": ["string", "status in words"],
  "http.response.line": ["string", "a header line of the response"],
  "http.content_length": ["uint64", "length of the body, bytes"],
  "http.cookie_pair": ["string", "one cookie"],
  "http.authbasic": ["string", "user and password of basic authorization"],
  ...headerTable,
});
