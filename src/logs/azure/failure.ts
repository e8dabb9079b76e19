import { NightcapError, type ErrorCode } from "../../common/errors.ts";
import { QueryError, type QueryDiagnostic } from "../../query/query-error.ts";
import type { LogAnswer } from "../log-query.ts";
import { shardNames } from "../missing-shards.ts";
import type { LogQuerySettings } from "../query-limits.ts";

/** An error as the API of Log Analytics tells it. */
export interface LogsError {
  readonly code: string;
  readonly message: string;
  readonly correlationId?: string;
  readonly details?: readonly LogsError[];
  readonly innererror?: LogsInnerError;
}

interface LogsInnerError {
  readonly code: string;
  readonly message: string;
  readonly line?: number;
  /** Counted from 0, in its line. */
  readonly pos?: number;
  readonly token?: string;
  readonly severity?: number;
  readonly severityName?: string;
  readonly innererror?: LogsInnerError;
}

export interface LogsFailure {
  readonly status: number;
  readonly error: LogsError;
  readonly headers: Readonly<Record<string, string>>;
}

const badArgument = "The request had some invalid properties";

type Outer = readonly [status: number, code: string, message: string];

/** What Azure answers where this project has an error of its own; its message goes inside. */
const outers: Partial<Record<ErrorCode, Outer>> = {
  AuthorizationFailed: [
    403,
    "InsufficientAccessError",
    "The provided credentials have insufficient access to perform the requested operation",
  ],
  ResourceNotFound: [404, "PathNotFoundError", "The requested path does not exist"],
  TooManyRequests: [429, "ThrottledError", "Too many requests; try again later"],
  SubscriptionRequestsThrottled: [429, "ThrottledError", "Too many requests; try again later"],
  QueryTimeout: [504, "GatewayTimeout", "The query took longer than it may"],
  ServiceUnavailable: [503, "ServiceUnavailable", "The engine of the logs is not available"],
};

/** Seconds after which a client may ask again, for the answers that say so. */
const retryAfterSeconds: Readonly<Record<number, number>> = { 429: 5, 503: 2 };

/**
 * A wrong query or a request that was refused, as Azure answers it; null for what is a fault of ours. `text` is the
 * query, out of which the error names the place.
 */
export function logsFailure(error: unknown, text = ""): LogsFailure | null {
  if (error instanceof QueryError) return queryFailure(error, text);
  if (!(error instanceof NightcapError)) return null;
  const { code, message, status } = error;
  const outer = outers[code];
  if (outer) return failure(outer, { code, message });
  if (status === 400) return failure([400, "BadArgumentError", badArgument], { code, message });
  return status < 500 || status === 501 ? failure([status, code, message]) : null;
}

function failure([status, code, message]: Outer, innererror?: LogsInnerError): LogsFailure {
  const seconds = retryAfterSeconds[status];
  return {
    status,
    error: { code, message, ...(innererror ? { innererror } : {}) },
    headers: seconds === undefined ? {} : { "retry-after": String(seconds) },
  };
}

function queryFailure({ code, diagnostics, message }: QueryError, text: string): LogsFailure {
  const [first] = diagnostics;
  if (code === "TooManyQueries")
    return failure([429, "ThrottledError", "Too many requests; try again later"], {
      code,
      message,
    });
  if (code === "TranslationTimeout" || code === "QueryTooLarge" || !first)
    return failure([400, "BadArgumentError", badArgument], { code, message });
  const answer = failure([400, "BadArgumentError", badArgument], innerError(code, first, text));
  if (diagnostics.length === 1) return answer;
  const details = diagnostics.map((each) => ({ code: each.code, message: describe(each) }));
  return { ...answer, error: { ...answer.error, details } };
}

/** The parser numbers what does not fit the grammar below 100, and what does not fit the tables above it. */
const isSyntax = (code: string): boolean => /^KS0\d\d$/.test(code);

function innerError(code: string, diagnostic: QueryDiagnostic, text: string): LogsInnerError {
  const { line, column, start, length } = diagnostic;
  const token = text.slice(start, start + Math.min(length, tokenLengthMax));
  const pos = column - 1;
  const place = { line, pos, token };
  if (isSyntax(diagnostic.code)) {
    const message = `Query could not be parsed at '${token}' on line [${line},${pos}]: ${describe(diagnostic)}`;
    const innererror = { code: "SYN0002", message, ...place };
    return { code, message: "A recognition error occurred in the query.", innererror };
  }
  if (code === "NotSupported") {
    return { code, message: describe(diagnostic), ...place };
  }
  const innererror = { code: "SEM0100", message: describe(diagnostic), ...place };
  return { code: "SemanticError", message: "A semantic error occurred.", innererror };
}

const tokenLengthMax = 200;

const describe = ({ message, hint }: QueryDiagnostic): string =>
  hint === undefined ? message : `${message} (${hint})`;

/** 0x80DA0003 as a signed number, E_QUERY_RESULT_SET_TOO_LARGE (Kusto's list of errors in native code). */
const resultTooLarge = "-2133196797";

const serverWentWrong = "Something went wrong processing your query on the server.";

/** What Azure says beside rows of which some are missing. */
export function partialError(
  answer: Pick<LogAnswer, "truncated" | "missingShards">,
  settings: LogQuerySettings,
): LogsError | undefined {
  const inner = [...overLimit(answer, settings), ...withoutShards(answer)];
  if (inner.length === 0) return undefined;
  return {
    code: "PartialError",
    message: "There were some errors when processing your query.",
    details: inner.map((innererror) => ({
      code: "EngineError",
      message: serverWentWrong,
      innererror: { ...innererror, severity: 2, severityName: "Error" },
    })),
  };
}

function overLimit(
  { truncated }: Pick<LogAnswer, "truncated">,
  { rowCountMax, resultBytesMax }: LogQuerySettings,
): LogsInnerError[] {
  if (truncated === null) return [];
  const limit = truncated === "rows" ? `${rowCountMax} records` : `${resultBytesMax} bytes`;
  const message = `The results of this query exceed the set limit of ${limit}, so not all records were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003).`;
  return [{ code: resultTooLarge, message }];
}

const withoutShards = ({ missingShards }: Pick<LogAnswer, "missingShards">): LogsInnerError[] =>
  missingShards.length === 0
    ? []
    : [
        {
          code: "ServiceUnavailable",
          message: `No server of ${shardNames(missingShards)} answers: its records are not in the results of this query.`,
        },
      ];
