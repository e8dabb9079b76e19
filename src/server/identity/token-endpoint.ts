import type { Clock } from "../../common/clock.ts";
import { type HttpHandler, jsonResponse, readBody } from "../../common/http.ts";
import { readAudience, type AskedAudience } from "./audiences.ts";
import type { Clients } from "./clients.ts";
import type { FailureLimit } from "./failure-limit.ts";
import type { TokenIssuer } from "./token-issuer.ts";
import { tokenFailure, type TokenFailureKind } from "./token-failure.ts";

const formSizeBytesMax = 64 << 10;
const clientIdLengthMax = 64;
const secretLengthMax = 1_024;

const audienceFailures = {
  missing: "scopeMissing",
  malformed: "scopeMalformed",
  unknown: "resourceUnknown",
} as const satisfies Record<string, TokenFailureKind>;

export interface TokenEndpointOptions {
  clock: Clock;
  clients: Clients;
  failures: FailureLimit;
  issuer: TokenIssuer;
  /** This server's own addresses. */
  own(request: Request): readonly string[];
  /** Where the request comes from, for the limit of wrong secrets; null when it is not known. */
  addressOf(request: Request): string | null;
}

/** A refusal on the way to a token. */
class Refusal {
  readonly kind: TokenFailureKind;
  readonly about: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: TokenFailureKind, about = "", retryAfterSeconds?: number) {
    this.kind = kind;
    this.about = about;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** `POST .../oauth2/token`: client credentials (RFC 6749, 4.4) in the body or as HTTP Basic. */
export function createTokenEndpoint(options: TokenEndpointOptions): HttpHandler {
  const { clock } = options;
  const grant = async (request: Request): Promise<Response | Refusal> => {
    const bytes = await readBody(request, formSizeBytesMax);
    if (bytes === null) return new Refusal("tooLarge", String(formSizeBytesMax));
    const form = new URLSearchParams(new TextDecoder().decode(bytes));
    const grantType = form.get("grant_type") ?? "";
    if (grantType !== "client_credentials") return new Refusal("grantType", grantType);
    const credential = readCredential(request, form);
    if (credential instanceof Refusal) return credential;
    const asked = readAudience(
      { scope: form.get("scope"), resource: form.get("resource") },
      options.own(request),
    );
    if ("problem" in asked) return new Refusal(audienceFailures[asked.problem], asked.asked);
    return answer(request, credential, asked);
  };
  const answer = async (
    request: Request,
    credential: Credential,
    asked: Exclude<AskedAudience, { problem: string }>,
  ): Promise<Response | Refusal> => {
    const verdict = await verifySlowly(options, credential, options.addressOf(request));
    if (verdict instanceof Refusal) return verdict;
    const token = await options.issuer.issue(request, verdict.caller, asked);
    return jsonResponse(200, token, { "cache-control": "no-store", pragma: "no-cache" });
  };
  return async (request) => {
    const result = await grant(request);
    if (!(result instanceof Refusal)) return result;
    const { kind, about, retryAfterSeconds } = result;
    const retry = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    return tokenFailure(kind, about, { request, clock, ...retry });
  };
}

interface Credential {
  clientId: string;
  secret: string;
}

function readCredential(request: Request, form: URLSearchParams): Credential | Refusal {
  const header = request.headers.get("authorization");
  const basic = header === null || form.has("client_secret") ? null : readBasic(header);
  if (basic instanceof Refusal) return basic;
  const clientId = form.get("client_id") ?? basic?.clientId ?? "";
  if (clientId === "") return new Refusal("clientMissing");
  const secret = form.get("client_secret") ?? basic?.secret ?? "";
  if (secret !== "") return { clientId, secret };
  return new Refusal(form.has("client_assertion") ? "assertion" : "secretMissing");
}

/** RFC 6749, 2.3.1: both parts are form-encoded before they are joined. */
function readBasic(header: string): Credential | Refusal {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header)?.[1] ?? "";
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return new Refusal("basic");
  try {
    const decode = (part: string): string => decodeURIComponent(part.replaceAll("+", " "));
    return { clientId: decode(text.slice(0, colon)), secret: decode(text.slice(colon + 1)) };
  } catch {
    return new Refusal("basic");
  }
}

/** Who the client is; a refusal for a wrong secret, and for every one after too many of them. */
async function verifySlowly(
  { clients, failures }: TokenEndpointOptions,
  { clientId, secret }: Credential,
  address: string | null,
) {
  const key = `${clientId.toLowerCase().slice(0, clientIdLengthMax)} ${address ?? ""}`;
  const wait = failures.waitSeconds(key);
  if (wait > 0) return new Refusal("tooMany", clientId, wait);
  const verdict = await clients.verify(
    clientId.slice(0, clientIdLengthMax),
    secret.slice(0, secretLengthMax),
  );
  if ("caller" in verdict) {
    failures.succeeded(key);
    return verdict;
  }
  failures.failed(key);
  return new Refusal(verdict.problem, clientId);
}
