import { type ErrorCode, errorStatus, NightcapError } from "../common/errors.ts";

const transientStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
/** What the token endpoint says of a client that will never be let in (RFC 6749, 5.2). */
const refusedClient =
  /\b(invalid_client|unauthorized_client|invalid_grant|invalid_scope|access_denied)\b/;

/** A server that names a longer wait than this is asked again all the same. */
const retryAfterMillisecondsMax = 600_000;

/**
 * How long the server asked to be left alone (`Retry-After`, RFC 9110, 10.2.3: seconds or a date);
 * 0 when it named no time.
 */
export function retryAfterMilliseconds(error: unknown, now: number): number {
  const cause = error instanceof NightcapError ? error.cause : error;
  const headers = member(member(cause, "response"), "headers");
  const get = member(headers, "get");
  const said: unknown = typeof get === "function" ? get.call(headers, "retry-after") : undefined;
  if (typeof said !== "string") return 0;
  const wait = /^\d+$/.test(said) ? Number(said) * 1_000 : Date.parse(said) - now;
  return Number.isNaN(wait) ? 0 : Math.min(Math.max(wait, 0), retryAfterMillisecondsMax);
}

/** True for an error after which the same call may succeed. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof NightcapError)) return true; // not foreseen: bounded retries decide
  return error.code === "ServiceUnavailable" || error.code === "TooManyRequests";
}

/** Any failure of Azure's SDKs as a NightcapError that says what was tried; the cause is kept. */
export function azureError(what: string, cause: unknown): NightcapError {
  if (cause instanceof NightcapError) return cause;
  return new NightcapError(codeOf(cause), what, { cause });
}

function codeOf(error: unknown): ErrorCode {
  const status = numberAt(error, "statusCode");
  const text = error instanceof Error ? error.message : "";
  if (status === undefined) {
    return refusedClient.test(text) ? "AuthenticationFailed" : "ServiceUnavailable";
  }
  if (status === 429) return "TooManyRequests";
  if (transientStatuses.has(status)) return "ServiceUnavailable";
  const code = azureCodeOf(error);
  if (code !== undefined) return code;
  return codeOfStatus(status);
}

/** The code in Azure's envelope, when it is one of ours too (CaptureLimitReached, Conflict, ...). */
function azureCodeOf(error: unknown): ErrorCode | undefined {
  const code = member(error, "code");
  return typeof code === "string" && Object.hasOwn(errorStatus, code)
    ? (code as ErrorCode)
    : undefined;
}

function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
      return "AuthenticationFailed";
    case 403:
      return "AuthorizationFailed";
    case 404:
      return "ResourceNotFound";
    case 409:
      return "Conflict";
    case 412:
      return "PreconditionFailed";
    case 501:
      return "NotImplemented";
    default:
      return status < 500 ? "InvalidRequest" : "InternalServerError";
  }
}

const member = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;

const numberAt = (value: unknown, key: string): number | undefined => {
  const found = member(value, key);
  return typeof found === "number" ? found : undefined;
};
