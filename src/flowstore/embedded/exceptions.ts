import { describeError } from "../../common/errors.ts";

/** An exception as ClickHouse's HTTP protocol tells it. */
export interface EngineException {
  readonly code: number;
  readonly status: number;
  readonly text: string;
}

/** Codes of ClickHouse's ErrorCodes.cpp that this side raises or treats differently. */
export const engineCode = {
  unknownTable: 60,
  syntaxError: 62,
  unknownDatabase: 81,
  tooManySimultaneousQueries: 202,
  memoryLimitExceeded: 241,
  queryWasCancelled: 394,
  badArguments: 36,
  fileMissing: 107,
  standardException: 1001,
} as const;

const statusOf: Readonly<Record<number, number>> = {
  [engineCode.unknownTable]: 404,
  [engineCode.unknownDatabase]: 404,
  [engineCode.syntaxError]: 400,
  [engineCode.badArguments]: 400,
  [engineCode.tooManySimultaneousQueries]: 503,
};

/** Reads `Code: 60. DB::Exception: ...` out of what the library threw. */
export function readException(error: unknown): EngineException {
  const message = describeError(error).replace(/^Query failed: /, "");
  const code = Number(/Code: (\d+)\./.exec(message)?.[1] ?? engineCode.standardException);
  const text = message.startsWith("Code:")
    ? message
    : `Code: ${code}. DB::Exception: ${message} (STD_EXCEPTION)`;
  return { code, status: statusOf[code] ?? 500, text };
}

export const tooManyRequests = (limit: number): EngineException => ({
  code: engineCode.tooManySimultaneousQueries,
  status: 503,
  text: `Code: 202. DB::Exception: ${limit} requests are waiting already. (TOO_MANY_SIMULTANEOUS_QUERIES)`,
});

export const rowsMissing: EngineException = {
  code: engineCode.fileMissing,
  status: 503,
  text: "Code: 107. DB::Exception: the file with the rows is not there any more. (FILE_DOESNT_EXIST)",
};

export const badRequest = (message: string): EngineException => ({
  code: engineCode.badArguments,
  status: 400,
  text: `Code: 36. DB::Exception: ${message}. (BAD_ARGUMENTS)`,
});
