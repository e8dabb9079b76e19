import { describeError, NightcapError } from "../common/errors.ts";

/** Codes of ClickHouse's ErrorCodes.cpp. */
const engineCodes = {
  tooManyRows: "158",
  timeout: "159",
  tooSlow: "160",
  tooManyAtOnce: "202",
  memory: "241",
  tooManyBytes: "307",
  cancelled: "394",
  resultTooLarge: "396",
} as const;

const messageLengthMax = 300;

/** Whether the answer was larger than the engine may give at once. */
export const isResultTooLarge = (error: unknown): boolean =>
  engineCodeOf(error) === engineCodes.resultTooLarge;

/** What became of a query in the engine, in the project's errors; the SQL is nobody's business but ours. */
export function engineFailure(error: unknown): unknown {
  if (error instanceof NightcapError) return error;
  const code = engineCodeOf(error);
  if (code === null) return error;
  const failed = failures[code];
  if (failed) return new NightcapError(...failed, { cause: error });
  const reason = describeError(error)
    .replace(/^.*?DB::Exception: /s, "")
    .replace(/(?:: |\. )?(?:while (?:executing|processing)|In scope|\(version)\b[\s\S]*$/i, "")
    .slice(0, messageLengthMax);
  return new NightcapError("QueryFailed", `the query failed while it ran: ${reason}`, {
    cause: error,
  });
}

const expensive = (what: string): ["QueryLimitExceeded", string] => [
  "QueryLimitExceeded",
  `the query needs more ${what} than one query may have: ask for less time, or summarize sooner`,
];
const late: ["QueryTimeout", string] = ["QueryTimeout", "the query took longer than it may"];

const failures: Readonly<Record<string, [ConstructorParameters<typeof NightcapError>[0], string]>> =
  {
    [engineCodes.timeout]: late,
    [engineCodes.tooSlow]: late,
    [engineCodes.cancelled]: late,
    [engineCodes.memory]: expensive("memory"),
    [engineCodes.tooManyRows]: expensive("rows"),
    [engineCodes.tooManyBytes]: expensive("bytes"),
    [engineCodes.tooManyAtOnce]: ["ServiceUnavailable", "the flow engine has too much to do"],
  };

/** The number in an error of ClickHouse's client; null for any other. */
function engineCodeOf(error: unknown): string | null {
  const code = error instanceof Error && "code" in error ? error.code : null;
  return typeof code === "string" && /^\d+$/.test(code) ? code : null;
}
