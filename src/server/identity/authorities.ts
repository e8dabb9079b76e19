import type { Clock } from "../../common/clock.ts";
import { type HttpHandler, jsonResponse, requestUrl } from "../../common/http.ts";
import { signingAlgorithm, type SigningKeys } from "./signing-keys.ts";
import { tokenFailure } from "./token-failure.ts";
import { tenantIssuer } from "./token-issuer.ts";

/**
 * Names besides the tenant's id that mean the one tenant that is here: `adfs` is the only one that az
 * 2.45 leaves alone (measured), the others are what Azure's libraries use when they are told no tenant.
 */
const aliases: readonly string[] = ["adfs", "common", "organizations"];

export interface AuthorityOptions {
  tenantId: string;
  clock: Clock;
  keys: SigningKeys;
  baseUrl(request: Request): string;
  /** `POST .../oauth2/token` */
  grant: HttpHandler;
}

/** Discovery, keys and tokens below `/{tenant}` and its aliases, with and without `v2.0`; null for other paths. */
export function createAuthorities(
  options: AuthorityOptions,
): (request: Request) => Promise<Response> | null {
  const known = new Set([options.tenantId.toLowerCase(), ...aliases]);
  return (request) => {
    const [, authority = "", ...below] = requestUrl(request).pathname.replace(/\/$/, "").split("/");
    // For `az login --tenant NAME` az asks below its authority, /adfs, which tenant that is.
    const isNamed = authority.toLowerCase() === "adfs" && known.has(below[0]?.toLowerCase() ?? "");
    const rest = isNamed ? below.slice(1) : below;
    const path = rest.join("/").toLowerCase();
    if (`${authority}/${path}`.toLowerCase() === "common/discovery/instance") {
      return instanceDiscovery(options, request);
    }
    const handler = handlers.get(`${request.method} ${path}`);
    if (!handler) return null;
    if (known.has(authority.toLowerCase())) return handler(options, request, authority);
    const { clock } = options;
    return Promise.resolve(tokenFailure("tenant", authority, { request, clock }));
  };
}

type Handler = (
  options: AuthorityOptions,
  request: Request,
  authority: string,
) => Promise<Response>;

const grant: Handler = (options, request) => options.grant(request);
const keys: Handler = async (options) =>
  jsonResponse(200, { keys: options.keys.publicKeys() }, { "cache-control": "max-age=300" });
const postOnly: Handler = async ({ clock }, request) =>
  tokenFailure("method", request.method, { request, clock });
const interactive: Handler = async ({ clock }, request) =>
  tokenFailure("interactive", requestUrl(request).pathname, { request, clock });

const discovery: Handler = async (options, request, authority) => {
  const root = `${options.baseUrl(request)}/${authority}`;
  const version = authority.toLowerCase() === "adfs" ? "oauth2" : "oauth2/v2.0";
  return jsonResponse(200, {
    issuer: tenantIssuer(options.baseUrl(request), options.tenantId),
    authorization_endpoint: `${root}/${version}/authorize`,
    token_endpoint: `${root}/${version}/token`,
    device_authorization_endpoint: `${root}/${version}/devicecode`,
    jwks_uri: `${root}/discovery/v2.0/keys`,
    response_types_supported: ["token"],
    response_modes_supported: ["query"],
    grant_types_supported: ["client_credentials"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    id_token_signing_alg_values_supported: [signingAlgorithm],
    subject_types_supported: ["pairwise"],
    scopes_supported: ["openid"],
    claims_supported: ["aud", "iss", "iat", "nbf", "exp", "sub", "oid", "tid", "appid", "azp"],
    tenant_region_scope: null,
    cloud_instance_name: new URL(options.baseUrl(request)).host,
  });
};

const handlers: ReadonlyMap<string, Handler> = new Map([
  ["GET .well-known/openid-configuration", discovery],
  ["GET v2.0/.well-known/openid-configuration", discovery],
  ["GET discovery/keys", keys],
  ["GET discovery/v2.0/keys", keys],
  ["POST oauth2/token", grant],
  ["POST oauth2/v2.0/token", grant],
  ["GET oauth2/token", postOnly],
  ["GET oauth2/v2.0/token", postOnly],
  ["GET oauth2/authorize", interactive],
  ["GET oauth2/v2.0/authorize", interactive],
  ["POST oauth2/devicecode", interactive],
  ["POST oauth2/v2.0/devicecode", interactive],
]);

/**
 * `GET /common/discovery/instance`: which hosts are the same authority as the one asked for. Ours is
 * alone; another's is unknown here, as Azure answers for hosts that are not its own.
 */
async function instanceDiscovery(options: AuthorityOptions, request: Request): Promise<Response> {
  const base = options.baseUrl(request);
  const asked = requestUrl(request).searchParams.get("authorization_endpoint");
  const endpoint = asked === null ? null : parseUrl(asked);
  if (asked === null || endpoint?.origin !== base) {
    return tokenFailure("instance", asked ?? "", { request, clock: options.clock });
  }
  const { host } = endpoint;
  const [, authority = ""] = endpoint.pathname.split("/");
  return jsonResponse(200, {
    tenant_discovery_endpoint: `${base}/${authority || options.tenantId}/v2.0/.well-known/openid-configuration`,
    "api-version": "1.1",
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
}

const parseUrl = (text: string): URL | null => (URL.canParse(text) ? new URL(text) : null);
