import { challengeHeaders } from "../../arm/authentication-error.ts";
import type { Clock } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import type { Log } from "../../common/log.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { State } from "../../state/state.ts";
import type { Service } from "./audiences.ts";
import { createAuthorities } from "./authorities.ts";
import { clockToleranceSeconds, createAuthenticate } from "./bearer.ts";
import { type Clients, createClients, type StoredClient } from "./clients.ts";
import { createFailureLimit } from "./failure-limit.ts";
import { graphNotSupported, isGraphRequest } from "./graph.ts";
import { metadataHandler } from "./metadata.ts";
import { openSigningKeys, type SigningKeys } from "./signing-keys.ts";
import { createTokenEndpoint } from "./token-endpoint.ts";
import { createTokenIssuer, tokenLifeSeconds } from "./token-issuer.ts";

export interface IdentityOptions {
  /** Holds the signing keys, mode 0600. */
  directory: string;
  state: State;
  clock: Clock;
  log: Log;
  tenantId: string;
  /** `https://host:port` that the client used. */
  baseUrl(request: Request): string;
  /** Other addresses of this server that tokens may be for. */
  audiences: readonly string[];
  /** Where a request comes from; null when it is not known. */
  addressOf(request: Request): string | null;
  /** Who asks by a browser's session, where there is one; null without it. May refuse by throwing. */
  cookieCaller?(request: Request): Promise<Caller | null>;
}

export interface Identity {
  readonly tenantId: string;
  readonly clients: Clients;
  readonly keys: SigningKeys;
  /** Discovery, keys, tokens and cloud metadata; null for a path that is not identity's. */
  handle(request: Request): Promise<Response | null>;
  /** Who sent the request to `service`, ARM unless told; throws `AuthenticationError` (401). */
  authenticate(request: Request, service?: Service): Promise<Caller>;
  /** A client of Nightcap's own in place of an earlier one of that name; its secret is seen only now. */
  createClient(name: string): Promise<{ clientId: string; secret: string }>;
}

/** Tokens of the control plane: stateless and signed with kept keys, so they survive a restart. */
export async function createIdentity(options: IdentityOptions): Promise<Identity> {
  const { clock, tenantId } = options;
  const baseUrl = (request: Request): string => options.baseUrl(request);
  const tokenLifeMillisecondsMax = (tokenLifeSeconds + clockToleranceSeconds) * 1_000;
  const keys = await openSigningKeys({ ...options, tokenLifeMillisecondsMax });
  const clients = createClients(options.state.documents<StoredClient>("clients"), clock);
  const own = (request: Request) => [`${baseUrl(request)}/`, ...options.audiences];
  const bearer = createAuthenticate({
    keys,
    clients,
    clock,
    own,
    authorizationUri: (request) => `${baseUrl(request)}/${tenantId}`,
  });
  const authenticate = async (request: Request, service: Service): Promise<Caller> =>
    (await options.cookieCaller?.(request)) ?? bearer(request, service);
  const grant = createTokenEndpoint({
    clock,
    clients,
    failures: createFailureLimit(clock),
    issuer: createTokenIssuer({ keys, clock, tenantId, baseUrl }),
    own,
    addressOf: (request) => options.addressOf(request),
  });
  const authorities = createAuthorities({ tenantId, clock, keys, baseUrl, grant });
  const metadata = metadataHandler(baseUrl);
  return {
    tenantId,
    clients,
    keys,
    async handle(request) {
      const path = requestUrl(request).pathname.toLowerCase().replace(/\/$/, "");
      if (`${request.method} ${path}` === "GET /metadata/endpoints") return metadata(request);
      if (isGraphRequest(request)) return answerGraph(authenticate, request);
      return authorities(request);
    },
    authenticate: (request, service = "management") => authenticate(request, service),
    async createClient(name) {
      const earlier = await clients.find(name);
      if (earlier?.isBuiltIn) await clients.delete(earlier.clientId);
      const { client, secret } = await clients.create({ name, isBuiltIn: true, endsAt: null });
      return { clientId: client.clientId, secret };
    },
  };
}

/** Only who has a token is told that it is not here. */
async function answerGraph(
  authenticate: (request: Request, service: Service) => Promise<Caller>,
  request: Request,
): Promise<Response> {
  const error = await authenticate(request, "management").then(
    () => graphNotSupported(request),
    (cause: unknown) => cause,
  );
  if (!(error instanceof NightcapError)) throw error;
  const { code, message, status } = error;
  return jsonResponse(status, { error: { code, message } }, challengeHeaders(error));
}
