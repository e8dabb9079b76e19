import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { stat, unlink } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { secretFileMode } from "../../common/files.ts";
import { writeAnswer, writeException, writePieces } from "./answers.ts";
import {
  badRequest,
  type EngineException,
  readException,
  rowsMissing,
  tooManyRequests,
} from "./exceptions.ts";
import type { ChdbAnswer, Library } from "./library.ts";
import { bulkInsertBytesMin, type MergePause } from "./merge-pause.ts";
import type { Places } from "./places.ts";
import { laidRows, newRowsName, RowsMissingError, rowsHeader } from "./spool.ts";
import {
  insertFormat,
  insertFromFile,
  insertTable,
  isInPieces,
  parseStatement,
  type Statement,
  StatementError,
} from "./statement.ts";

/** What the door needs of the process behind it. */
export interface Door {
  readonly library: Library;
  readonly places: Places;
  readonly mergePause: MergePause;
  readonly queueCountMax: number;
  /** Folder for the rows of inserts that are under way. */
  readonly spool: string;
  /** Called when somebody asks the engine to end. */
  stop(): void;
}

/** Text of one statement: what a person or the translator writes, not data. */
const statementBytesMax = 32 * 2 ** 20;

/** Answers one request of ClickHouse's HTTP protocol. */
export async function answer(
  door: Door,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://engine");
  if (url.pathname === "/ping") return void response.end("Ok.\n");
  if (url.pathname === "/stop" && request.method === "POST") {
    response.end("Ok.\n");
    return door.stop();
  }
  const abort = new AbortController();
  response.on("close", () => {
    if (!response.writableEnded) abort.abort(new Error("the client went away"));
  });
  try {
    await answerStatement(door, { url, request, response, signal: abort.signal });
  } catch (error) {
    if (!abort.signal.aborted) {
      writeException(response, exceptionOf(error));
    }
  }
}

function exceptionOf(error: unknown): EngineException {
  if (error instanceof RowsMissingError) return rowsMissing;
  return error instanceof StatementError ? badRequest(error.message) : readException(error);
}

interface Call {
  url: URL;
  request: IncomingMessage;
  response: ServerResponse;
  signal: AbortSignal;
}

async function answerStatement(door: Door, call: Call): Promise<void> {
  const { response, signal } = call;
  const isInsert = insertFormat(call.url.searchParams.get("query") ?? "") !== null;
  const body = isInsert ? "" : await readText(call.request);
  const statement = parseStatement(call.url, body, randomUUID);
  const leave = await door.places.enter(signal);
  if (!leave) return writeException(response, tooManyRequests(door.queueCountMax));
  try {
    if (isInsert) writeAnswer(response, statement, await insertSpooled(door, call, statement));
    else if (isInPieces(statement)) {
      await writePieces(response, statement, door.library.stream(statement, signal));
    } else {
      writeAnswer(response, statement, await door.library.run(statement, statement.sql, signal));
    }
  } finally {
    leave();
  }
}

/** Rows are in a file first, which the engine reads in its own threads: none of them is copied in here. */
async function insertSpooled(door: Door, call: Call, statement: Statement): Promise<ChdbAnswer> {
  const path = await receiveRows(door.spool, call);
  try {
    const table = insertTable(statement);
    if (table !== null && (await stat(path)).size >= bulkInsertBytesMin)
      door.mergePause.touch(table);
    const sql = insertFromFile(statement.sql, path);
    // Once the engine has all rows the client's leaving changes nothing: half an insert helps nobody.
    return await door.library.run(statement, sql, new AbortController().signal);
  } finally {
    await unlink(path).catch(() => {});
  }
}

/** The file of the rows: where the client laid it, or made of what comes with the request. */
async function receiveRows(spool: string, { request, signal }: Call): Promise<string> {
  const name = request.headers[rowsHeader];
  if (name !== undefined) {
    request.resume();
    return laidRows(spool, name);
  }
  const path = join(spool, newRowsName());
  try {
    const file = createWriteStream(path, { mode: secretFileMode, flags: "wx" });
    await pipeline([request, ...decoders(request), file], { signal });
    return path;
  } catch (error) {
    await unlink(path).catch(() => {});
    throw error;
  }
}

const decoders = (request: IncomingMessage): NodeJS.ReadWriteStream[] =>
  request.headers["content-encoding"] === "gzip" ? [createGunzip()] : [];

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > statementBytesMax) {
      throw new StatementError(`a statement is at most ${statementBytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
