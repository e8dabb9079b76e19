import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { EngineException } from "./exceptions.ts";
import type { ChdbAnswer } from "./library.ts";
import { answerFormat, type Statement } from "./statement.ts";

/** A client that takes nothing of its answer for so long keeps the place of others. */
const stalledMillisecondsMax = 60_000;

/** Names what marks an exception behind the beginning of an answer; random, so that no answer has it in itself. */
const tagHeader = "X-ClickHouse-Exception-Tag";
const tagSizeBytes = 8;

/** Answers with what lies in memory. */
export function writeAnswer(
  response: ServerResponse,
  statement: Statement,
  result: ChdbAnswer,
): void {
  response.writeHead(200, {
    ...answerHead(statement),
    "X-ClickHouse-Summary": JSON.stringify({
      read_rows: String(result.rowsRead),
      read_bytes: String(result.bytesRead),
      elapsed_ns: String(Math.round(result.elapsed * 1e9)),
    }),
  });
  response.end(result.bytes());
}

/**
 * Answers with pieces as the client takes them. Nothing is sent before the first one is there, so that what fails
 * at once has its status; a later failure is told at the answer's end (`writeException`).
 */
export async function writePieces(
  response: ServerResponse,
  statement: Statement,
  pieces: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const piece of pieces) {
    if (!response.headersSent) writeHead(response, statement);
    if (!response.write(piece)) await drained(response);
  }
  if (!response.headersSent) writeHead(response, statement);
  response.end();
}

function writeHead(response: ServerResponse, statement: Statement): void {
  const tag = randomBytes(tagSizeBytes).toString("hex");
  // Set apart, as only such a header can be read again.
  response.setHeader(tagHeader, tag);
  response.writeHead(200, answerHead(statement));
}

const answerHead = (statement: Statement): Record<string, string> => ({
  "Content-Type": "application/octet-stream",
  "X-ClickHouse-Query-Id": encodeURIComponent(statement.queryId),
  "X-ClickHouse-Format": answerFormat(statement),
  "X-ClickHouse-Timezone": "UTC",
});

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) throw new Error("the client went away");
  const over = new AbortController();
  const timer = setTimeout(() => response.destroy(), stalledMillisecondsMax);
  const gone = once(response, "close", { signal: over.signal }).then(() => {
    throw new Error("the client went away");
  });
  try {
    await Promise.race([once(response, "drain", { signal: over.signal }), gone]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** Tells an exception in the answer's head, or, when that is out already, behind what was sent of it. */
export function writeException(response: ServerResponse, exception: EngineException): void {
  if (response.headersSent) return writeLateException(response, exception.text);
  response.writeHead(exception.status, {
    "Content-Type": "text/plain; charset=UTF-8",
    "X-ClickHouse-Exception-Code": String(exception.code),
    Connection: "close",
  });
  response.end(`${exception.text}\n`);
}

/** As servers from 25.11 on do: the tag, the text, its length, the tag. */
function writeLateException(response: ServerResponse, text: string): void {
  const tag = response.getHeader(tagHeader);
  if (typeof tag !== "string") return void response.destroy();
  const mark = "__exception__";
  const length = Buffer.byteLength(text) + 1;
  response.end(`\r\n${mark}\r\n${tag}\n${text}\n${length} ${tag}\r\n${mark}\r\n`);
}
