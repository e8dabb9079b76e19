import { errors, jwtVerify, type JWTHeaderParameters, type JWTPayload } from "jose";
import { AuthenticationError } from "../../arm/authentication-error.ts";
import type { Clock } from "../../common/clock.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { audiencesOf, isAudienceOf, type Service } from "./audiences.ts";
import type { Clients } from "./clients.ts";
import { signingAlgorithm, type SigningKeys } from "./signing-keys.ts";

const tokenLengthMax = 16_384;
export const clockToleranceSeconds = 60;

export interface BearerOptions {
  keys: SigningKeys;
  clients: Clients;
  clock: Clock;
  /** This server's own addresses. */
  own(request: Request): readonly string[];
  /** The authority that the challenge names. */
  authorizationUri(request: Request): string;
}

/** Who sent a request to `service`; throws `AuthenticationError` in Azure's words. */
export type Authenticate = (request: Request, service: Service) => Promise<Caller>;

export function createAuthenticate(options: BearerOptions): Authenticate {
  return async (request, service) => {
    const refuse = refusals(options.authorizationUri(request));
    const header = request.headers.get("authorization");
    if (header === null) throw refuse.headerMissing();
    const token = /^Bearer +(\S+)$/i.exec(header)?.[1];
    if (token === undefined) throw refuse.notBearer();
    if (token.length > tokenLengthMax) throw refuse.invalid();
    const payload = await verify(options, token).catch((cause: unknown) => {
      if (cause instanceof errors.JWTExpired) {
        throw refuse.expired(cause.payload.exp ?? 0, options.clock.now(), cause);
      }
      throw refuse.invalid(cause);
    });
    const audience = typeof payload.aud === "string" ? payload.aud : "";
    const own = options.own(request);
    if (!isAudienceOf(service, audience, own)) {
      throw refuse.wrongAudience(audience, audiencesOf(service, own));
    }
    const client = await options.clients.get(payload.sub ?? "");
    if (client) return client;
    throw refuse.clientGone(payload.sub ?? "");
  };
}

async function verify({ keys, clock }: BearerOptions, token: string): Promise<JWTPayload> {
  const keyOf = ({ kid }: JWTHeaderParameters) => {
    const key = keys.find(kid ?? "");
    if (key) return key;
    throw new errors.JWKSNoMatchingKey();
  };
  const { payload } = await jwtVerify(token, keyOf, {
    algorithms: [signingAlgorithm],
    currentDate: new Date(clock.now()),
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ["exp", "sub", "aud"],
  });
  return payload;
}

/** Each refusal with the code, the words and the challenge that Azure has for it. */
function refusals(authorizationUri: string) {
  const challenge = (description: string) => ({ authorizationUri, description });
  return {
    headerMissing: () =>
      new AuthenticationError(
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is missing.",
        challenge("The authentication failed because of missing 'Authorization' header."),
      ),
    notBearer: () =>
      new AuthenticationError(
        "AuthenticationFailed",
        "Authentication failed. The 'Authorization' header is not a bearer token.",
        challenge("The authentication scheme is not Bearer."),
      ),
    invalid: (cause?: unknown) =>
      new AuthenticationError(
        "InvalidAuthenticationToken",
        "The access token is invalid: it was not signed here or is malformed.",
        { ...challenge("The access token is invalid."), cause },
      ),
    expired: (expirySeconds: number, now: number, cause: unknown) =>
      new AuthenticationError(
        "ExpiredAuthenticationToken",
        `The access token expiry UTC time '${azureTime(expirySeconds * 1_000)}' is earlier than current UTC time '${azureTime(now)}'.`,
        { ...challenge("The access token has expired."), cause },
      ),
    wrongAudience: (audience: string, allowed: readonly string[]) =>
      new AuthenticationError(
        "InvalidAuthenticationTokenAudience",
        `The access token has been obtained for wrong audience or resource '${audience}'. It should exactly match with one of the allowed audiences ${allowed.map((each) => `'${each}'`).join(",")}.`,
        challenge("The access token is from wrong audience or resource."),
      ),
    clientGone: (clientId: string) =>
      new AuthenticationError(
        "InvalidAuthenticationToken",
        `The access token is invalid: its service principal '${clientId}' was deleted.`,
        challenge("The access token is invalid."),
      ),
  };
}

/** As Azure writes times in this message: `11/21/2026 1:20:07 AM`. */
function azureTime(milliseconds: number): string {
  const at = new Date(milliseconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const hour = at.getUTCHours();
  const date = `${at.getUTCMonth() + 1}/${at.getUTCDate()}/${at.getUTCFullYear()}`;
  const time = `${hour % 12 || 12}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${date} ${time} ${hour < 12 ? "AM" : "PM"}`;
}
