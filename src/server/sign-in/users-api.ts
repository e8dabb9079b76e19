import { z } from "zod";
import { isoTime } from "../../common/clock.ts";
import { NightcapError } from "../../common/errors.ts";
import { jsonResponse, requestUrl } from "../../common/http.ts";
import {
  checkOwnerWithout,
  deletePrincipal,
} from "../../provider/authorization/assignment-store.ts";
import type { Caller } from "../../provider/kernel/arm-request.ts";
import { parseContent, readJson } from "../../provider/kernel/request-body.ts";
import type { NewLink } from "./links.ts";
import { checkPassword, passwordSizeBytesMax } from "./password-rules.ts";
import { type SignIn, welcomeUrl } from "./sign-in.ts";
import { userName } from "./user-name.ts";
import {
  addUser,
  changeUser,
  findUser,
  listUsers,
  newUser,
  removeUser,
  userNotFound,
  type UserRecord,
} from "./user-store.ts";

const path = "/nightcap/v1/users";
const password = z.string().max(passwordSizeBytesMax);
const createRequest = z.strictObject({ name: userName, password: password.optional() });
const changeRequest = z.strictObject({
  password: password.optional(),
  disabled: z.boolean().optional(),
});

/** `/nightcap/v1/users`, for a caller whose roles were checked; null for other paths. */
export function createUsersApi(
  signIn: SignIn,
): (request: Request, caller: Caller) => Promise<Response | null> {
  const { state, log } = signIn.context;
  return async (request, caller) => {
    const { pathname } = requestUrl(request);
    if (pathname !== path && !pathname.startsWith(`${path}/`)) return null;
    const [name, below, ...more] = pathname
      .slice(path.length + 1)
      .split("/")
      .map(decodeName);
    if (more.length > 0) return null;
    const done = (what: string, { id }: UserRecord): void =>
      log.info({ userId: id, by: caller.id }, `user ${what}`);
    if (name === undefined || name === "") {
      if (request.method === "GET") return list(signIn);
      return request.method === "POST" ? create(signIn, request, done) : null;
    }
    const user = await findUser(state, name);
    if (!user) throw userNotFound(name);
    if (below === "link" && request.method === "POST") return invite(signIn, user, done);
    if (below !== undefined) return null;
    if (request.method === "GET") return jsonResponse(200, viewUser(user));
    if (request.method === "PATCH") return change(signIn, user, { request, done });
    return request.method === "DELETE" ? remove(signIn, user, done) : null;
  };
}

type Done = (what: string, user: UserRecord) => void;

async function list({ context }: SignIn): Promise<Response> {
  return jsonResponse(200, { value: (await listUsers(context.state)).map(viewUser) });
}

/** Without a password the answer has a link with which the user sets one. */
async function create(signIn: SignIn, request: Request, done: Done): Promise<Response> {
  const wanted = parseContent(createRequest, await readJson(request));
  const { state, clock } = signIn.context;
  const record =
    wanted.password === undefined ? null : await makePassword(signIn, wanted.password, wanted.name);
  const user = newUser({ name: wanted.name, password: record, now: clock.now() });
  const link = await state.transact(async (inside) => {
    await addUser(inside, user);
    return record ? null : signIn.links.make(inside, user.id);
  });
  done("created", user);
  const shown = link ? { link: viewLink(signIn, link) } : {};
  return jsonResponse(201, { ...viewUser(user), ...shown }, { "cache-control": "no-store" });
}

async function invite(signIn: SignIn, user: UserRecord, done: Done): Promise<Response> {
  checkOwn(user);
  if (user.isDisabled) throw new NightcapError("Conflict", `user "${user.name}" is disabled`);
  const made = await signIn.context.state.transact((inside) => signIn.links.make(inside, user.id));
  done("link made", user);
  return jsonResponse(200, viewLink(signIn, made), { "cache-control": "no-store" });
}

async function change(
  signIn: SignIn,
  user: UserRecord,
  { request, done }: { request: Request; done: Done },
): Promise<Response> {
  const wanted = parseContent(changeRequest, await readJson(request));
  if (wanted.password !== undefined) checkOwn(user);
  const record =
    wanted.password === undefined ? null : await makePassword(signIn, wanted.password, user.name);
  const { state } = signIn.context;
  const after = await state.transact(async (inside) => {
    if (wanted.disabled === true) await checkOwnerWithout(inside, user.id);
    const changed = await changeUser(inside, user.id, (before) => ({
      ...before,
      isDisabled: wanted.disabled ?? before.isDisabled,
      password: record ?? before.password,
    }));
    if (record || wanted.disabled === true) {
      await signIn.sessions.endAllOf(inside, user.id);
      await signIn.links.endAllOf(inside, user.id);
    }
    return changed;
  });
  if (!after) throw userNotFound(user.name);
  done(record ? "password set" : "changed", user);
  return jsonResponse(200, viewUser(after));
}

async function remove(signIn: SignIn, user: UserRecord, done: Done): Promise<Response> {
  await signIn.context.state.transact(async (inside) => {
    await deletePrincipal(inside, user.id);
    await signIn.sessions.endAllOf(inside, user.id);
    await signIn.links.endAllOf(inside, user.id);
    await removeUser(inside, user);
  });
  done("deleted", user);
  return new Response(null, { status: 204 });
}

async function makePassword({ passwords, context }: SignIn, text: string, name: string) {
  checkPassword(text, name);
  return passwords.make(text, context.clock.now());
}

/** Whom a provider lets in has no password here. */
function checkOwn(user: UserRecord): void {
  if (!user.provider) return;
  throw new NightcapError("Conflict", `"${user.name}" signs in at ${user.provider.issuer}`);
}

const viewUser = (user: UserRecord) => ({
  id: user.id,
  name: user.name,
  kind: user.provider ? "oidc" : "user",
  issuer: user.provider?.issuer ?? null,
  disabled: user.isDisabled,
  hasPassword: user.password !== null,
  createdTime: isoTime(user.createdAt),
  signedInTime: user.signedInAt === null ? null : isoTime(user.signedInAt),
});

const viewLink = ({ context }: SignIn, { key, endsAt }: NewLink) => ({
  url: welcomeUrl(context.baseUrl, key),
  expires: isoTime(endsAt),
});

function decodeName(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new NightcapError("InvalidRequest", `path part "${text}" is malformed`, { cause });
  }
}
