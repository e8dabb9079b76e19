import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse } from "../../common/http.ts";
import { findRole, ownerRole } from "../../provider/authorization/built-in-roles.ts";
import { grantRole } from "../../provider/authorization/grants.ts";
import { parseContent, readJson } from "../../provider/kernel/request-body.ts";
import type { State } from "../../state/state.ts";
import { beginSession, sessionAnswer } from "./begin-session.ts";
import type { SignedIn } from "./cookie-callers.ts";
import { checkPassword, passwordSizeBytesMax } from "./password-rules.ts";
import type { PasswordRecord } from "./password-hash.ts";
import type { SignIn } from "./sign-in.ts";
import { addUser, changeUser, getUser, newUser, type UserRecord } from "./user-store.ts";
import { userName } from "./user-name.ts";

const linkRequest = z.strictObject({
  key: z.string().max(100),
  user: userName.optional(),
  password: z.string().max(passwordSizeBytesMax).optional(),
});

/**
 * `POST /nightcap/v1/session/link`: whose link it is, and with a password, whoever opened it is in.
 * The link is used up by the second alone, so that a look at it harms nobody.
 */
export async function signInWithLink(signIn: SignIn, request: Request): Promise<Response> {
  const { key, user: name, password } = parseContent(linkRequest, await readJson(request));
  const { state, clock } = signIn.context;
  const forgive = signIn.attempts.begin({ user: null, address: signIn.addressOf(request) });
  const { userId } = await signIn.links.look(state, key).catch(async (error: unknown) => {
    await recordRefusal(signIn, request, error);
    throw error;
  });
  forgive();
  const invited = userId === null ? null : await getUser(state, userId);
  if (password === undefined) {
    const answer = { needsPassword: true, user: invited?.name ?? null };
    return jsonResponse(200, answer, { "cache-control": "no-store" });
  }
  const chosen = invited?.name ?? name;
  if (chosen === undefined) {
    throw new NightcapError("InvalidParameter", "user: the first user needs a name");
  }
  checkPassword(password, chosen);
  const record = await signIn.passwords.make(password, clock.now());
  const signedIn = await enter(signIn, request, { key, name: chosen, password: record });
  const detail = invited ? "by a one-time link" : "as the first user, by a one-time link";
  await signIn.audit.record(request, { user: signedIn.user, status: 200, code: null, detail });
  return sessionAnswer(signIn, signedIn);
}

/** Uses the link up, sets the password and begins a session: all of it, or nothing. */
async function enter(
  signIn: SignIn,
  request: Request,
  { key, name, password }: { key: string; name: string; password: PasswordRecord },
): Promise<SignedIn> {
  return signIn.context.state.transact(async (inside) => {
    const { userId } = await signIn.links.use(inside, key);
    const user =
      userId === null
        ? await addFirstUser(signIn, inside, { name, password })
        : await changeUser(inside, userId, (each) => ({ ...each, password }));
    if (!user || user.isDisabled) {
      throw new NightcapError("SignInLinkInvalid", "this user may not sign in");
    }
    await signIn.sessions.endAllOf(inside, user.id);
    return beginSession(signIn, inside, { request, user, way: "link" });
  });
}

/** Somebody has to be able to do everything; who may give roles could read blobs by an account key too. */
const firstRoles = [ownerRole, findRole("Storage Blob Data Reader")];

async function addFirstUser(
  { context }: SignIn,
  inside: State,
  { name, password }: Pick<UserRecord, "name"> & { password: PasswordRecord },
): Promise<UserRecord> {
  const now = context.clock.now();
  const user = newUser({ name, password, now });
  await addUser(inside, user);
  for (const role of firstRoles) {
    if (role === null) continue;
    const scope = context.subscription;
    await grantRole(inside, { principalId: user.id, principalType: "User", role, scope, now });
  }
  return user;
}

async function recordRefusal(signIn: SignIn, request: Request, error: unknown): Promise<void> {
  if (!(error instanceof NightcapError)) return;
  const { code, status } = error;
  await signIn.audit.record(request, { user: null, status, code, detail: "by a one-time link" });
}
