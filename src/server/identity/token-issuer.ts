import { randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { Clock } from "../../common/clock.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { Service } from "./audiences.ts";
import { signingAlgorithm, type SigningKeys } from "./signing-keys.ts";

export const tokenLifeSeconds = 3_600;

/** What the token endpoint answers. */
export interface IssuedToken {
  token_type: "Bearer";
  expires_in: number;
  ext_expires_in: number;
  expires_on: number;
  not_before: number;
  resource: string;
  access_token: string;
}

export interface TokenIssuer {
  issue(
    request: Request,
    client: Caller,
    asked: { audience: string; service: Service },
  ): Promise<IssuedToken>;
}

export function createTokenIssuer(options: {
  keys: SigningKeys;
  clock: Clock;
  tenantId: string;
  baseUrl(request: Request): string;
}): TokenIssuer {
  const { keys, clock, tenantId } = options;
  return {
    async issue(request, client, { audience, service }) {
      const now = Math.floor(clock.now() / 1_000);
      const expiresAt = now + tokenLifeSeconds;
      const version = versionOf(service);
      const key = await keys.current();
      const token = await new SignJWT({ ...clientClaims(client), tid: tenantId, ver: version })
        .setProtectedHeader({ alg: signingAlgorithm, kid: key.kid, typ: "JWT" })
        .setIssuer(issuerOf(options, request, version))
        .setSubject(client.id)
        .setAudience(audience)
        .setJti(randomUUID())
        .setIssuedAt(now)
        .setNotBefore(now)
        .setExpirationTime(expiresAt)
        .sign(key.privateKey);
      return {
        token_type: "Bearer",
        expires_in: tokenLifeSeconds,
        ext_expires_in: tokenLifeSeconds,
        expires_on: expiresAt,
        not_before: now,
        resource: audience,
        access_token: token,
      };
    },
  };
}

type Version = "1.0" | "2.0";

/** Azure's storage asks for v1 tokens, and an emulator beside us looks at their issuer (measured with Azurite). */
const versionOf = (service: Service): Version => (service === "storage" ? "1.0" : "2.0");

/** The issuer that the discovery document names, or Azure's own of v1 tokens. */
function issuerOf(
  options: { tenantId: string; baseUrl(request: Request): string },
  request: Request,
  version: Version,
): string {
  if (version === "1.0") return `https://sts.windows.net/${options.tenantId}/`;
  return tenantIssuer(options.baseUrl(request), options.tenantId);
}

export const tenantIssuer = (baseUrl: string, tenantId: string): string =>
  `${baseUrl}/${tenantId}/v2.0`;

/** Both versions' names for the client, and `idtyp`, which says that no person is behind it. */
const clientClaims = ({ id, name }: Caller) => ({
  appid: id,
  azp: id,
  appidacr: "1",
  azpacr: "1",
  oid: id,
  idtyp: "app",
  app_displayname: name,
});
