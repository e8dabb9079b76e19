import { RequestError } from "@hono/node-server";
import { randomUUID } from "node:crypto";
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import type { Server } from "node:https";
import type { Duplex } from "node:stream";
import { NightcapError } from "../common/errors.ts";
import { jsonResponse } from "../common/http.ts";
import type { Log } from "../common/log.ts";

/** A refused client that still sends has this long to read why, before the connection is cut. */
const lingerMilliseconds = 500;
/** Half of what the whole head may have. */
const urlLengthMax = 16 << 10;

type ClientError = Error & { code?: string };

/**
 * Answers what never becomes a request for a handler in the error envelope of all others: an unreadable
 * head, one that is too long or too slow, CONNECT, and expectations other than 100-continue.
 */
export function refuseUnreadable(server: Server): void {
  server.on("clientError", (error: ClientError, socket: Duplex) => {
    // A client that went away hears nothing, nor one that has been told already.
    if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    writeRefusal(socket, reasonOf(error));
  });
  server.on("connect", (_request: IncomingMessage, socket: Duplex) =>
    writeRefusal(socket, new NightcapError("MethodNotAllowed", "CONNECT is not for this server")),
  );
  server.on("checkExpectation", (request: IncomingMessage, response: ServerResponse) => {
    const { status, head, body } = refusal(
      new NightcapError(
        "ExpectationFailed",
        `Expect: ${(request.headers.expect ?? "").slice(0, 80)} is not known; there is 100-continue`,
      ),
    );
    response.writeHead(status, head).end(body);
  });
}

/** The answer to what a handler threw: the cause goes to the log, unless it is the request's fault. */
export function thrownAnswer(error: unknown, log: Log): Response {
  const requestId = randomUUID();
  const headers = { [requestIdHeader]: requestId };
  if (error instanceof RequestError) {
    const message = `host or path of the request cannot be read: ${error.message}`;
    const body = { error: { code: "InvalidRequest", message } };
    return jsonResponse(400, body, { ...headers, connection: "close" });
  }
  log.error({ err: error, requestId }, "request failed");
  const message = "request failed inside Nightcap";
  return jsonResponse(500, { error: { code: "InternalServerError", message } }, headers);
}

/** Refuses a URL over the limit; null for others. */
export function refuseLongUrl({ url }: Request): Response | null {
  if (url.length <= urlLengthMax) return null;
  const message = `request's URL has ${url.length} characters, and may have ${urlLengthMax}`;
  const { code, status } = new NightcapError("RequestUriTooLong", message);
  return identified(jsonResponse(status, { error: { code, message } }));
}

/** Every answer has an id that a client can name when it asks about it; ARM's and storage's have one already. */
export function identified(answer: Response): Response {
  if (!answer.headers.has(requestIdHeader)) answer.headers.set(requestIdHeader, randomUUID());
  return answer;
}

const requestIdHeader = "x-ms-request-id";

function reasonOf({ code, message }: ClientError): NightcapError {
  if (code === "HPE_HEADER_OVERFLOW") {
    const what = "request's URL and headers are too long or too many";
    return new NightcapError("RequestHeadersTooLarge", what);
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return new NightcapError("RequestTimeout", "request did not arrive in time");
  }
  return new NightcapError("InvalidRequest", `request is not HTTP/1.1: ${message}`);
}

function writeRefusal(socket: Duplex, reason: NightcapError): void {
  const { status, head, body } = refusal(reason);
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
  setTimeout(() => socket.destroy(), lingerMilliseconds).unref();
}

function refusal({ code, message, status }: NightcapError) {
  const body = JSON.stringify({ error: { code, message } });
  const head = {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    [requestIdHeader]: randomUUID(),
    connection: "close",
  };
  return { status, head, body };
}
