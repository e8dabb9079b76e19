import { errors, jwtVerify, SignJWT } from "jose";
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { type HttpHandler, jsonResponse, readBody, requestUrl } from "../../common/http.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { State } from "../../state/state.ts";
import { isAccepted, readAudience } from "./audiences.ts";
import { type ClientRecord, createClients } from "./clients.ts";
import { createFailureLimit, type FailureLimit } from "./failure-limit.ts";
import { metadataHandler } from "./metadata.ts";
import { openSigningKey, signingAlgorithm, type SigningKey } from "./signing-key.ts";
import { tokenFailure } from "./token-failure.ts";

const tokenLifeSeconds = 3_600;
const formSizeBytesMax = 64 << 10;
const tokenLengthMax = 16_384;
const clockToleranceSeconds = 60;

export interface IdentityOptions {
  /** Holds the signing key, mode 0600. */
  directory: string;
  state: State;
  clock: Clock;
  tenantId: string;
  /** `https://host:port` that the client used. */
  baseUrl(request: Request): string;
  /** Other addresses of this server that tokens may be for. */
  audiences: readonly string[];
}

export interface Identity {
  /** Discovery, keys, tokens and cloud metadata; null for a path that is not identity's. */
  handle(request: Request): Promise<Response | null>;
  /** Who sent the request; throws `AuthenticationFailed` or `InvalidAuthenticationToken` (401). */
  authenticate(request: Request): Promise<Caller>;
  /** A client that may ask for tokens; the secret is not kept, so this is the only time it is seen. */
  createClient(name: string): Promise<{ clientId: string; secret: string }>;
}

/** Tokens of the control plane: stateless and signed with a kept key, so they survive a restart. */
export async function createIdentity(options: IdentityOptions): Promise<Identity> {
  const { clock, tenantId } = options;
  const key = await openSigningKey(options.directory);
  const clients = createClients(options.state.documents<ClientRecord>("clients"), clock);
  const failures = createFailureLimit(clock);
  const own = (request: Request): string[] => [options.baseUrl(request), ...options.audiences];
  const issue = makeIssuer({ key, clock, tenantId });

  const grant: HttpHandler = async (request) => {
    const form = await readForm(request);
    if (form.get("grant_type") !== "client_credentials") return tokenFailure("grantType");
    const clientId = form.get("client_id") ?? "";
    const secret = form.get("client_secret") ?? "";
    if (clientId === "") return tokenFailure("clientMissing");
    if (secret === "") return tokenFailure("secretMissing");
    const audience = readAudience(
      { scope: form.get("scope"), resource: form.get("resource") },
      own(request),
    );
    if (audience === null)
      return tokenFailure("scope", form.get("scope") ?? form.get("resource") ?? "");
    const client = await verifySlowly({ clients, failures, clientId, secret });
    if (typeof client === "number") return tokenFailure("tooMany", clientId, client);
    if (client === null) return tokenFailure("secret", clientId);
    return jsonResponse(200, await issue(client, audience, issuerOf(options, request)), {
      "cache-control": "no-store",
    });
  };
  const routes = identityRoutes(options, key, grant);
  return {
    async handle(request) {
      const path = requestUrl(request).pathname.toLowerCase();
      const handler = routes.get(`${request.method} ${path}`);
      return handler ? handler(request) : null;
    },
    authenticate: (request) => authenticate(request, { key, clock, own: own(request), clients }),
    createClient: (name) => clients.create(name),
  };
}

const issuerOf = (options: IdentityOptions, request: Request): string =>
  `${options.baseUrl(request)}/${options.tenantId}/v2.0`;

/** The same set under the tenant's name and under `adfs`, which is the only one that az 2.45 leaves alone. */
function identityRoutes(
  options: IdentityOptions,
  key: SigningKey,
  grant: HttpHandler,
): ReadonlyMap<string, HttpHandler> {
  const tenant = `/${options.tenantId.toLowerCase()}`;
  const discovery =
    (tokenPath: string): HttpHandler =>
    async (request) => {
      const base = options.baseUrl(request);
      return jsonResponse(200, {
        issuer: issuerOf(options, request),
        authorization_endpoint: `${base}${tokenPath.replace(/token$/, "authorize")}`,
        token_endpoint: `${base}${tokenPath}`,
        jwks_uri: `${base}${tenant}/discovery/v2.0/keys`,
        response_types_supported: ["token"],
        grant_types_supported: ["client_credentials"],
        token_endpoint_auth_methods_supported: ["client_secret_post"],
        id_token_signing_alg_values_supported: [signingAlgorithm],
        subject_types_supported: ["pairwise"],
        scopes_supported: ["openid"],
      });
    };
  const keys: HttpHandler = async () => jsonResponse(200, { keys: [key.jwk] });
  const routes = new Map<string, HttpHandler>([
    ["GET /metadata/endpoints", metadataHandler((request) => options.baseUrl(request))],
  ]);
  for (const authority of [tenant, "/adfs"]) {
    const tokenPath = authority === "/adfs" ? "/adfs/oauth2/token" : `${tenant}/oauth2/v2.0/token`;
    routes.set(`GET ${authority}/.well-known/openid-configuration`, discovery(tokenPath));
    routes.set(`GET ${authority}/v2.0/.well-known/openid-configuration`, discovery(tokenPath));
    routes.set(`GET ${authority}/discovery/v2.0/keys`, keys);
    for (const path of ["/oauth2/token", "/oauth2/v2.0/token"]) {
      routes.set(`POST ${authority}${path}`, grant);
    }
  }
  return routes;
}

async function readForm(request: Request): Promise<URLSearchParams> {
  const bytes = await readBody(request, formSizeBytesMax);
  return new URLSearchParams(bytes === null ? "" : new TextDecoder().decode(bytes));
}

/** The client; null for a wrong secret; seconds to wait after too many of them. */
async function verifySlowly(parts: {
  clients: ReturnType<typeof createClients>;
  failures: FailureLimit;
  clientId: string;
  secret: string;
}): Promise<Caller | number | null> {
  const { clients, failures, clientId, secret } = parts;
  const key = clientId.toLowerCase().slice(0, 64);
  const wait = failures.waitSeconds(key);
  if (wait > 0) return wait;
  const client = await clients.verify(clientId.slice(0, 64), secret.slice(0, 1_024));
  if (client) failures.succeeded(key);
  else failures.failed(key);
  return client;
}

function makeIssuer(options: { key: SigningKey; clock: Clock; tenantId: string }) {
  const { key, clock, tenantId } = options;
  return async (client: Caller, audience: string, issuer: string) => {
    const now = Math.floor(clock.now() / 1_000);
    const claims = { appid: client.id, azp: client.id, oid: client.id, tid: tenantId, ver: "2.0" };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: signingAlgorithm, kid: key.jwk.kid, typ: "JWT" })
      .setIssuer(issuer)
      .setSubject(client.id)
      .setAudience(audience)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + tokenLifeSeconds)
      .sign(key.privateKey);
    const life = { expires_in: tokenLifeSeconds, ext_expires_in: tokenLifeSeconds };
    return { token_type: "Bearer", ...life, access_token: token };
  };
}

async function authenticate(
  request: Request,
  parts: {
    key: SigningKey;
    clock: Clock;
    own: readonly string[];
    clients: ReturnType<typeof createClients>;
  },
): Promise<Caller> {
  const header = request.headers.get("authorization") ?? "";
  const token = /^Bearer +([\w.-]+)$/i.exec(header)?.[1];
  if (token === undefined || token.length > tokenLengthMax) {
    throw new NightcapError(
      "AuthenticationFailed",
      "Authentication failed. The 'Authorization' header is missing or is not a bearer token.",
    );
  }
  const { payload } = await jwtVerify(token, parts.key.publicKey, {
    algorithms: [signingAlgorithm],
    currentDate: new Date(parts.clock.now()),
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ["exp", "sub", "aud"],
  }).catch((cause: unknown) => {
    throw invalidToken(cause);
  });
  const audience = typeof payload.aud === "string" ? payload.aud : "";
  if (!isAccepted(audience, parts.own)) {
    throw new NightcapError(
      "InvalidAuthenticationToken",
      `access token is for audience "${audience}", not for this server`,
    );
  }
  const client = await parts.clients.get(payload.sub ?? "");
  if (client) return client;
  throw new NightcapError(
    "InvalidAuthenticationToken",
    "the access token's client is not known any more",
  );
}

function invalidToken(cause: unknown): NightcapError {
  const expired = cause instanceof errors.JWTExpired;
  const why = expired
    ? "access token has expired"
    : "access token was not signed here or is malformed";
  return new NightcapError("InvalidAuthenticationToken", why, { cause });
}
