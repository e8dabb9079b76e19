import { jsonResponse } from "../../common/http.ts";
import type { State } from "../../state/state.ts";
import type { SignedIn } from "./cookie-callers.ts";
import { readCookie, sessionCookie, writeCookie } from "./cookies.ts";
import { keyDigest } from "./random-key.ts";
import { viewSession } from "./session-view.ts";
import type { SessionRecord } from "./sessions.ts";
import type { SignIn } from "./sign-in.ts";
import { changeUser, type UserRecord } from "./user-store.ts";

/** Beginning a session, inside the transaction that let somebody in. */
export async function beginSession(
  signIn: SignIn,
  inside: State,
  wanted: {
    request: Request;
    user: UserRecord;
    way: SessionRecord["way"];
    lifeMilliseconds?: number;
  },
): Promise<SignedIn> {
  const { sessions, context } = signIn;
  const { request, user, way, lifeMilliseconds } = wanted;
  // A session that the browser had before does not go on: nobody can have planted the new one's key.
  const before = readCookie(request.headers, sessionCookie);
  if (before !== null) await sessions.end(inside, before);
  const { key, session } = await sessions.start(inside, {
    userId: user.id,
    way,
    from: signIn.addressOf(request),
    ...(lifeMilliseconds === undefined ? {} : { lifeMilliseconds }),
  });
  const signedInAt = context.clock.now();
  await changeUser(inside, user.id, (each) => ({ ...each, signedInAt }));
  return { key, user, session: { key: keyDigest(key), body: session, revision: 1, dueAt: null } };
}

/** The session's answer with its cookie. */
export async function sessionAnswer({ context }: SignIn, signedIn: SignedIn): Promise<Response> {
  return jsonResponse(200, await viewSession(context, signedIn), {
    "cache-control": "no-store",
    "set-cookie": cookieOf(context.clock.now(), signedIn),
  });
}

export const cookieOf = (now: number, { key, session }: SignedIn): string =>
  writeCookie({
    name: sessionCookie,
    value: key,
    lifeMilliseconds: session.body.endsAt - now,
    sameSite: "Strict",
  });
