import { jsonResponse } from "../../common/http.ts";

/** As Azure's token endpoint words it; clients show `error_codes`. */
const failures = {
  grantType: [
    400,
    "unsupported_grant_type",
    70003,
    "the only grant type here is client_credentials",
  ],
  clientMissing: [400, "invalid_request", 900144, "the request body must contain client_id"],
  secretMissing: [
    401,
    "invalid_client",
    7000216,
    "client_secret is required for client_credentials",
  ],
  scope: [400, "invalid_scope", 70011, "the scope is not one of this server"],
  secret: [401, "invalid_client", 7000215, "Invalid client secret provided."],
  tooMany: [429, "invalid_client", 50196, "too many wrong secrets: wait"],
} as const;

/** An OAuth 2.0 error (RFC 6749, 5.2); `about` is the value at fault, never a secret. */
export function tokenFailure(
  kind: keyof typeof failures,
  about?: string,
  retryAfterSeconds?: number,
): Response {
  const [status, error, code, text] = failures[kind];
  const shown = about === undefined ? "" : ` "${about.slice(0, 200)}"`;
  const retry = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  return jsonResponse(
    status,
    { error, error_description: `AADSTS${code}: ${text}${shown}`, error_codes: [code] },
    { "cache-control": "no-store", ...retry },
  );
}
