import { type ErrorCode, errorStatus, NightcapError } from "../common/errors.ts";

const transientStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
/** What the token endpoint says of a client that will never be let in (RFC 6749, 5.2). */
const refusedClient =
  /\b(invalid_client|unauthorized_client|invalid_grant|invalid_scope|access_denied)\b/;

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
