import { z } from "zod";
import { NightcapError } from "../../common/errors.ts";
import { parseContent, readJson } from "../../provider/kernel/request-body.ts";
import { beginSession, sessionAnswer } from "./begin-session.ts";
import type { SignedIn } from "./cookie-callers.ts";
import { checkPassword, passwordSizeBytesMax } from "./password-rules.ts";
import type { SignIn } from "./sign-in.ts";
import { changeUser, findNamed, getUser, type UserRecord } from "./user-store.ts";

/** Longer than any name or password that there can be. */
const typed = z.string().max(passwordSizeBytesMax);
const signInRequest = z.strictObject({ user: typed.min(1), password: typed });
const changeRequest = z.strictObject({ currentPassword: typed, password: typed });

/** `POST /nightcap/v1/session`: a user's name and password. */
export async function signInWithPassword(signIn: SignIn, request: Request): Promise<Response> {
  const { user: name, password } = parseContent(signInRequest, await readJson(request));
  const forgive = signIn.attempts.begin({ user: name, address: signIn.addressOf(request) });
  const { state } = signIn.context;
  const user = await findNamed(state, name);
  if (!(await isRight(signIn, user, password)) || !user) {
    throw await refusal(signIn, request, user);
  }
  forgive();
  await renewHash(signIn, user, password);
  const signedIn = await state.transact(async (inside) => {
    // Disabled or given another password while this one was looked at: no session.
    const now = await getUser(inside, user.id);
    if (!now || now.isDisabled || now.password?.setAt !== user.password?.setAt) return null;
    return beginSession(signIn, inside, { request, user: now, way: "password" });
  });
  if (!signedIn) throw await refusal(signIn, request, user);
  await signIn.audit.record(request, { user, status: 200, code: null, detail: "by password" });
  return sessionAnswer(signIn, signedIn);
}

/** The same work for everybody: a name that nobody has takes as long as a wrong password. */
async function isRight(
  { passwords }: SignIn,
  user: UserRecord | null,
  password: string,
): Promise<boolean> {
  const right = await passwords.check(user?.password ?? null, password);
  return right && user !== null && !user.isDisabled;
}

async function refusal(
  signIn: SignIn,
  request: Request,
  user: UserRecord | null,
): Promise<NightcapError> {
  const error = new NightcapError("InvalidSignIn", "the user's name or the password is wrong");
  const { code, status } = error;
  const detail = user ? `wrong password of ${user.name}` : "a name that nobody has";
  await signIn.audit.record(request, { user, status, code, detail });
  return error;
}

/** A password that was hashed for less work than today is hashed anew, now that its text is here. */
async function renewHash(
  { passwords, context }: SignIn,
  { id, password: record }: UserRecord,
  password: string,
): Promise<void> {
  if (!record || !passwords.isOutdated(record)) return;
  const renewed = { ...(await passwords.make(password, record.setAt)) };
  await context.state.transact((inside) =>
    changeUser(inside, id, (user) =>
      user.password?.hash === record.hash ? { ...user, password: renewed } : user,
    ),
  );
}

/** `POST /nightcap/v1/session/password`: who is signed in changes their own; their other sessions end. */
export async function changeOwnPassword(
  signIn: SignIn,
  request: Request,
  { user }: SignedIn,
): Promise<Response> {
  const wanted = parseContent(changeRequest, await readJson(request));
  const forgive = signIn.attempts.begin({ user: user.name, address: signIn.addressOf(request) });
  if (user.provider || !(await isRight(signIn, user, wanted.currentPassword))) {
    throw await refusal(signIn, request, user);
  }
  forgive();
  checkPassword(wanted.password, user.name);
  const { state, clock } = signIn.context;
  const password = await signIn.passwords.make(wanted.password, clock.now());
  const signedIn = await state.transact(async (inside) => {
    const changed = await changeUser(inside, user.id, (each) => ({ ...each, password }));
    if (!changed || changed.isDisabled) return null;
    await signIn.links.endAllOf(inside, user.id);
    await signIn.sessions.endAllOf(inside, user.id);
    return beginSession(signIn, inside, { request, user: changed, way: "password" });
  });
  if (!signedIn) throw await refusal(signIn, request, user);
  await signIn.audit.record(request, { user, status: 200, code: null, detail: "password changed" });
  return sessionAnswer(signIn, signedIn);
}
