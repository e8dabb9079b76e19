import { randomUUID } from "node:crypto";
import { challengeHeaders } from "../../arm/authentication-error.ts";
import { errorAnswer, isInternal } from "../../arm/error-envelope.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import { TooManyAttemptsError } from "./attempts.ts";
import { clearCookie, sessionCookie } from "./cookies.ts";
import type { SignedIn } from "./cookie-callers.ts";
import { checkCsrf, checkSignInOrigin } from "./csrf.ts";
import { signInWithLink } from "./link-sign-in.ts";
import { changeOwnPassword, signInWithPassword } from "./password-sign-in.ts";
import { viewRoles, viewSession } from "./session-view.ts";
import type { SignIn } from "./sign-in.ts";
import { countUsers } from "./user-store.ts";

const path = "/nightcap/v1/session";

/** A way in besides a password, as a page shows it. */
export interface ProviderWays {
  list(): { kind: "oidc"; name: string; url: string }[];
  /** Null for a path that is none of theirs. */
  handle(request: Request): Promise<Response | null>;
}

/** `/nightcap/v1/session`, which needs no role; null for other paths. */
export function createSessionApi(
  signIn: SignIn,
  providers: ProviderWays,
): (request: Request) => Promise<Response | null> {
  const { log } = signIn.context;
  return async (request) => {
    const { pathname } = requestUrl(request);
    if (pathname !== path && !pathname.startsWith(`${path}/`)) return null;
    try {
      return await route(signIn, providers, request);
    } catch (error) {
      const requestId = randomUUID();
      const { status, body } = errorAnswer(error, requestId);
      if (isInternal(status)) log.error({ err: error, requestId }, "sign-in failed");
      return jsonResponse(status, body, {
        "x-ms-request-id": requestId,
        "cache-control": "no-store",
        ...challengeHeaders(error),
        ...retryHeaders(error),
      });
    }
  };
}

async function route(signIn: SignIn, providers: ProviderWays, request: Request): Promise<Response> {
  const { pathname } = requestUrl(request);
  switch (`${request.method} ${pathname.slice(path.length)}`) {
    case "GET ":
      return show(signIn, providers, request);
    case "POST ":
      checkSignInOrigin(request);
      return signInWithPassword(signIn, request);
    case "POST /link":
      checkSignInOrigin(request);
      return signInWithLink(signIn, request);
    case "POST /password":
      return changeOwnPassword(signIn, request, await needSession(signIn, request));
    case "DELETE ":
      return signOut(signIn, request);
  }
  const answer = await providers.handle(request);
  if (answer) return answer;
  throw new NightcapError("ResourceNotFound", "there is nothing at this path");
}

/** `GET`: who is signed in, or the ways to. */
async function show(signIn: SignIn, providers: ProviderWays, request: Request): Promise<Response> {
  const headers = { "cache-control": "no-store" };
  if (request.headers.has("authorization")) {
    const { id, name } = await signIn.tokenCaller(request);
    const roles = await viewRoles(signIn.context, id);
    const user = { id, name, kind: "servicePrincipal" };
    return jsonResponse(
      200,
      { signedIn: true, csrf: null, user, ...roles, expires: null },
      headers,
    );
  }
  const found = await signIn.cookies.look(request);
  if (found) return jsonResponse(200, await viewSession(signIn.context, found), headers);
  const hasUsers = (await countUsers(signIn.context.state)) > 0;
  const ways = [{ kind: "password" }, ...providers.list()];
  return jsonResponse(200, { signedIn: false, ways, hasUsers }, headers);
}

async function needSession(signIn: SignIn, request: Request): Promise<SignedIn> {
  const found = await signIn.cookies.look(request);
  if (!found) throw new NightcapError("InvalidSignIn", "nobody is signed in");
  checkCsrf(request, found.key);
  return found;
}

/** `DELETE`: also without a session, so that a browser always gets rid of its cookie. */
async function signOut(signIn: SignIn, request: Request): Promise<Response> {
  const found = await signIn.cookies.look(request);
  if (found) {
    checkCsrf(request, found.key);
    await signIn.sessions.end(signIn.context.state, found.key);
    const { user } = found;
    await signIn.audit.record(request, { user, status: 204, code: null, detail: "signed out" });
  }
  const headers = { "set-cookie": clearCookie(sessionCookie), "cache-control": "no-store" };
  return new Response(null, { status: 204, headers });
}

const retryHeaders = (error: unknown): Record<string, string> =>
  error instanceof TooManyAttemptsError ? { "retry-after": String(error.retryAfterSeconds) } : {};
