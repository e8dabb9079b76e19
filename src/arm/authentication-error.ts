import { NightcapError } from "../common/errors.ts";

type AuthenticationCode =
  | "AuthenticationFailed"
  | "InvalidAuthenticationToken"
  | "InvalidAuthenticationTokenAudience"
  | "ExpiredAuthenticationToken";

/** Why a bearer token is refused, with the `WWW-Authenticate` that goes with it (RFC 6750, 3). */
export class AuthenticationError extends NightcapError {
  readonly challenge: string;

  constructor(
    code: AuthenticationCode,
    message: string,
    options: ErrorOptions & {
      /** Where to get a token: Azure names the tenant's authority. */
      authorizationUri: string;
      /** For programs and logs; no quotes in it. */
      description: string;
    },
  ) {
    super(code, message, options);
    const { authorizationUri, description } = options;
    this.challenge = `Bearer authorization_uri="${authorizationUri}", error="invalid_token", error_description="${description}"`;
  }
}

/** The headers that an answer to `error` needs; none when it is not about who asks. */
export function challengeHeaders(error: unknown): Record<string, string> {
  return error instanceof AuthenticationError ? { "www-authenticate": error.challenge } : {};
}
