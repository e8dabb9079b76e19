import { randomUUID } from "node:crypto";
import type { Clock } from "../../common/clock.ts";
import { jsonResponse } from "../../common/http.ts";

const correlationIdPattern = /^[\da-f-]{36}$/i;
const aboutLengthMax = 200;

type Row = readonly [status: number, error: string, code: number, text: string];

/** As Azure's token endpoint has them; clients show `error_codes`. `{}` is the value at fault. */
export const failures = {
  method: [
    400,
    "invalid_request",
    900561,
    "The endpoint only accepts POST requests. Received a {} request.",
  ],
  grantType: [
    400,
    "unsupported_grant_type",
    70003,
    "The app requested an unsupported grant type '{}'; the only one here is client_credentials.",
  ],
  clientMissing: [
    400,
    "invalid_request",
    900144,
    "The request body must contain the following parameter: 'client_id'.",
  ],
  scopeMissing: [
    400,
    "invalid_request",
    900144,
    "The request body must contain the following parameter: 'scope'.",
  ],
  secretMissing: [
    401,
    "invalid_client",
    7000216,
    "'client_secret' is required for the 'client_credentials' grant type.",
  ],
  assertion: [
    401,
    "invalid_client",
    700027,
    "client_assertion (a certificate credential) is not supported here; send client_secret.",
  ],
  basic: [
    400,
    "invalid_request",
    900144,
    "The Authorization header is not 'Basic' with client id and secret in base64 (RFC 6749, 2.3.1).",
  ],
  tooLarge: [400, "invalid_request", 90014, "The request body is larger than {} bytes."],
  scopeMalformed: [
    400,
    "invalid_scope",
    1002012,
    "The provided value for scope {} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier.",
  ],
  resourceUnknown: [
    400,
    "invalid_resource",
    500011,
    "The resource principal named {} was not found in this tenant.",
  ],
  clientUnknown: [
    400,
    "unauthorized_client",
    700016,
    "Application with identifier '{}' was not found in the directory. It may have been deleted, or the request was sent to the wrong tenant.",
  ],
  secret: [
    401,
    "invalid_client",
    7000215,
    "Invalid client secret provided for app '{}'. Send the secret itself, not its key id.",
  ],
  secretExpired: [
    401,
    "invalid_client",
    7000222,
    "The provided client secret keys for app '{}' are expired. Make a new one: nightcap service-principal rotate.",
  ],
  tooMany: [429, "invalid_client", 50196, "Too many wrong secrets for app '{}': wait."],
  tenant: [
    400,
    "invalid_tenant",
    90002,
    "Tenant '{}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
  ],
  instance: [400, "invalid_instance", 50049, "Unknown or invalid instance '{}'."],
  interactive: [
    501,
    "unsupported_response_type",
    700051,
    "Signing in as a person ({}) is not supported here; use a service principal: az login --service-principal.",
  ],
} as const satisfies Record<string, Row>;

export type TokenFailureKind = keyof typeof failures;

/** An OAuth 2.0 error (RFC 6749, 5.2) as Azure fills it; `about` is the value at fault, never a secret. */
export function tokenFailure(
  kind: TokenFailureKind,
  about: string,
  {
    request,
    clock,
    retryAfterSeconds,
  }: { request: Request; clock: Clock; retryAfterSeconds?: number },
): Response {
  const [status, error, code, text] = failures[kind];
  const traceId = randomUUID();
  const correlationId = correlationIdOf(request) ?? traceId;
  const timestamp = new Date(clock.now()).toISOString().replace("T", " ").replace(/\.\d+/, "");
  const said = text.replace("{}", () => about.slice(0, aboutLengthMax));
  const retry = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  const body = {
    error,
    error_description: `AADSTS${code}: ${said} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
  };
  return jsonResponse(status, body, {
    "cache-control": "no-store",
    "x-ms-request-id": traceId,
    ...challenge(error, request),
    ...retry,
  });
}

/** RFC 6749, 5.2: whoever tried with an Authorization header is told the scheme in the answer. */
const challenge = (error: string, request: Request): Record<string, string> =>
  error === "invalid_client" && request.headers.has("authorization")
    ? { "www-authenticate": 'Basic realm="nightcap"' }
    : {};

function correlationIdOf(request: Request): string | null {
  const header = request.headers.get("client-request-id");
  const id = header ?? new URL(request.url).searchParams.get("client-request-id");
  return id !== null && correlationIdPattern.test(id) ? id : null;
}
