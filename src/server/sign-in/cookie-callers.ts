import { AuthenticationError } from "../../arm/authentication-error.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import type { State } from "../../state/state.ts";
import { clientBaseUrl } from "../routes.ts";
import { readCookie, sessionCookie } from "./cookies.ts";
import { checkCsrf, isFromOurPages } from "./csrf.ts";
import type { Session, Sessions } from "./sessions.ts";
import { getUser, type UserRecord } from "./user-store.ts";

/** Somebody's session, with the key that only their browser has. */
export interface SignedIn {
  key: string;
  session: Session;
  user: UserRecord;
}

/** Who a request's cookie says that it is from. */
export interface CookieCallers {
  /**
   * Who asks, for every API that takes a token; null when no cookie is shown. Throws
   * `AuthenticationError` for a session that has ended and `CsrfTokenInvalid`.
   */
  caller(request: Request): Promise<Caller | null>;
  /** The session without its checks and without keeping it alive: null when there is none. */
  look(request: Request): Promise<SignedIn | null>;
}

export function createCookieCallers(options: {
  state: State;
  sessions: Sessions;
  tenantId: string;
}): CookieCallers {
  const { state, sessions, tenantId } = options;
  const look: CookieCallers["look"] = async (request) => {
    const key = shownKey(request);
    const session = key === null ? null : await sessions.find(key);
    const user = session && (await getUser(state, session.body.userId));
    if (key === null || !session || !user || user.isDisabled) return null;
    return { key, session, user };
  };
  return {
    look,
    async caller(request) {
      if (shownKey(request) === null) return null;
      const found = await look(request);
      if (!found) throw sessionEnded(`${clientBaseUrl(request)}/${tenantId}`);
      checkCsrf(request, found.key);
      await sessions.touch(found.session);
      return { id: found.user.id, name: found.user.name, isBuiltIn: false };
    },
  };
}

/** A token goes before a cookie: who sends both means the token. */
function shownKey(request: Request): string | null {
  if (request.headers.has("authorization") || !isFromOurPages(request)) return null;
  return readCookie(request.headers, sessionCookie);
}

const sessionEnded = (authorizationUri: string): AuthenticationError =>
  new AuthenticationError("AuthenticationFailed", "The session has ended. Sign in again.", {
    authorizationUri,
    description: "The session has ended.",
  });
