import { sameSecret } from "./secrets.ts";

const tokenLengthMax = 8_192;

/** True when the call carries one of the tokens, as Alertmanager and Grafana send it (RFC 6750, 2.1). */
export function hasBearerToken(request: Request, tokens: readonly string[]): boolean {
  const header = request.headers.get("authorization") ?? "";
  const given = /^Bearer +([^ ]+) *$/i.exec(header.slice(0, tokenLengthMax))?.[1];
  if (given === undefined) return false;
  // Each is compared, so that the time does not say which was near.
  return tokens.filter((token) => sameSecret(token, given)).length > 0;
}
