// A small OpenID provider with a key of its own: discovery, keys, the code flow with PKCE. It can be told to lie.
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";

export const clientId = "nightcap";
export const clientSecret = "a secret of the provider";

/** Whom the provider says that it is, and in which way its answers are wrong. */
export interface Behaviour {
  subject: string;
  claims: Record<string, unknown>;
  /** Changes the id token's claims before it is signed. */
  forge: (claims: JWTPayload) => JWTPayload;
  /** Makes another token of the right claims. */
  sign: ((claims: JWTPayload) => Promise<string>) | null;
  /** Changes the parameters with which the browser is sent back. */
  sendBack: (query: URLSearchParams) => void;
  /** Answers a path in another way. */
  answer: Record<string, (response: ServerResponse) => void>;
  userInfo: Record<string, unknown>;
}

const honest = (): Behaviour => ({
  subject: "subject-1",
  claims: { preferred_username: "grace@example.com", groups: ["network"] },
  forge: (claims) => claims,
  sign: null,
  sendBack: () => {},
  answer: {},
  userInfo: {},
});

export type TestProvider = Awaited<ReturnType<typeof openProvider>>;

export async function openProvider(tls: { key: string; cert: string }) {
  const { publicKey, privateKey } = await generateKeyPair("RS256");
  const other = await generateKeyPair("RS256");
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: "one", use: "sig", alg: "RS256" };
  const codes = new Map<string, URLSearchParams>();
  const asked: string[] = [];
  const told = { behaviour: honest() };
  const sign = (claims: JWTPayload, key = privateKey, kid = "one") =>
    new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid }).sign(key);

  const idToken = async (query: URLSearchParams): Promise<string> => {
    const { behaviour } = told;
    const now = Math.floor(Date.now() / 1_000);
    const claims = behaviour.forge({
      iss: issuer,
      sub: behaviour.subject,
      aud: clientId,
      iat: now,
      exp: now + 300,
      nonce: query.get("nonce") ?? "",
      ...behaviour.claims,
    });
    return behaviour.sign ? behaviour.sign(claims) : sign(claims);
  };
  const token = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(request));
    const query = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    const isClient = basicOf(request) === `${clientId}:${clientSecret}`;
    const isRight =
      query?.get("code_challenge") === challenge &&
      query.get("redirect_uri") === form.get("redirect_uri");
    if (!isClient) return json(response, 401, { error: "invalid_client" });
    if (!query || !isRight) return json(response, 400, { error: "invalid_grant" });
    json(response, 200, {
      access_token: randomUUID(),
      token_type: "Bearer",
      expires_in: 60,
      id_token: await idToken(query),
    });
  };
  const authorize = (url: URL, response: ServerResponse): void => {
    const code = randomUUID();
    codes.set(code, url.searchParams);
    const back = new URL(url.searchParams.get("redirect_uri") ?? "");
    back.searchParams.set("code", code);
    back.searchParams.set("state", url.searchParams.get("state") ?? "");
    back.searchParams.set("iss", issuer);
    told.behaviour.sendBack(back.searchParams);
    response.writeHead(302, { location: back.href }).end();
  };
  const server = createServer(tls, (request, response) => {
    const url = new URL(request.url ?? "/", issuer);
    asked.push(url.pathname);
    const lie = told.behaviour.answer[url.pathname];
    if (lie) return lie(response);
    if (url.pathname === "/.well-known/openid-configuration")
      return json(response, 200, metadata());
    if (url.pathname === "/keys") return json(response, 200, { keys: [jwk] });
    if (url.pathname === "/authorize") return authorize(url, response);
    if (url.pathname === "/token") return void token(request, response);
    if (url.pathname === "/userinfo") {
      return json(response, 200, { sub: told.behaviour.subject, ...told.behaviour.userInfo });
    }
    response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const metadata = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    userinfo_endpoint: `${issuer}/userinfo`,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256", "HS256", "none"],
    authorization_response_iss_parameter_supported: true,
  });
  return {
    issuer,
    asked,
    metadata,
    /** The next sign-ins are like this. */
    behave: (change: Partial<Behaviour>) => void (told.behaviour = { ...honest(), ...change }),
    /** With a key that is not among the provider's. */
    signWithOther: (claims: JWTPayload) => sign(claims, other.privateKey),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** RFC 6749, 2.3.1: both parts are form-encoded before they are joined. */
function basicOf({ headers }: IncomingMessage): string {
  const encoded = headers.authorization?.replace(/^Basic /, "") ?? "";
  const joined = Buffer.from(encoded, "base64").toString();
  return joined
    .split(":")
    .map((part) => decodeURIComponent(part.replaceAll("+", " ")))
    .join(":");
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
