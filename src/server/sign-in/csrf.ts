import { createHmac, timingSafeEqual } from "node:crypto";
import { NightcapError } from "../../common/errors.ts";
import { clientBaseUrl } from "../routes.ts";

export const csrfHeader = "x-nightcap-csrf";

/** What a page shows to prove that it could read the session's answer; made of the session's key, so it goes with it. */
export const csrfTokenOf = (sessionKey: string): string =>
  createHmac("sha256", sessionKey).update("nightcap csrf token").digest("base64url");

/** Methods that change nothing (RFC 9110, 9.2.1). */
const isSafe = (method: string): boolean => method === "GET" || method === "HEAD";

/**
 * Whether a cookie on this request may count at all: not when the browser says that another site
 * asked. Other ports of this host are the same site, and their pages send our cookie too.
 */
export function isFromOurPages({ headers }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  return site === null || site === "same-origin" || site === "none";
}

/** Throws `CsrfTokenInvalid` unless the request can only come from a page of ours. */
export function checkCsrf(request: Request, sessionKey: string): void {
  if (isSafe(request.method)) return;
  checkOrigin(request, { isNeeded: true });
  const site = request.headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") throw refused(`it comes from "${site}"`);
  const given = Buffer.from(request.headers.get(csrfHeader) ?? "");
  const expected = Buffer.from(csrfTokenOf(sessionKey));
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw refused(`its ${csrfHeader} is missing or wrong`);
}

/** The same for a request that signs in, and so has no session yet: programs send no origin. */
export function checkSignInOrigin(request: Request): void {
  checkOrigin(request, { isNeeded: false });
  if (!isFromOurPages(request)) throw refused("it comes from another site");
}

function checkOrigin(request: Request, { isNeeded }: { isNeeded: boolean }): void {
  const origin = request.headers.get("origin");
  if (origin === null && !isNeeded) return;
  if (origin === clientBaseUrl(request)) return;
  throw refused(`its origin is ${origin === null ? "missing" : `"${origin.slice(0, 100)}"`}`);
}

const refused = (why: string): NightcapError =>
  new NightcapError("CsrfTokenInvalid", `the request is refused: ${why}`);
